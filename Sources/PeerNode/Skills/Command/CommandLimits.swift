/// What one run of a tool may use at most.
package struct CommandLimits: Hashable, Sendable {
  /// Seconds by the clock, all steps together.
  package var seconds: Int
  /// Bytes of address space of each program (RLIMIT_AS).
  package var memoryBytes: Int
  /// Seconds of processor time of each program (RLIMIT_CPU), all threads together.
  package var processorSeconds: Int
  /// Bytes on disk of everything that the programs make, and of any one file (RLIMIT_FSIZE).
  package var diskBytes: Int
  /// Open files of each program (RLIMIT_NOFILE).
  package var openFiles: Int
  /// Bytes of the output, printed or in files.
  package var outputBytes: Int
  /// Files of the output, and files for which a step is repeated.
  package var files: Int

  /// The defaults do for programs that read one document.
  package init(
    seconds: Int = 600, memoryBytes: Int = 1 << 30, processorSeconds: Int = 600, diskBytes: Int = 1 << 30,
    openFiles: Int = 256, outputBytes: Int = 1 << 30, files: Int = 200
  ) {
    self.seconds = seconds
    self.memoryBytes = memoryBytes
    self.processorSeconds = processorSeconds
    self.diskBytes = diskBytes
    self.openFiles = openFiles
    self.outputBytes = outputBytes
    self.files = files
  }

  /// The wrapper that sets these limits and then becomes the program (util-linux, on every Debian machine). The number
  /// of processes is not limited: the kernel counts those of the whole user.
  static let wrapper = "/usr/bin/prlimit"

  /// The wrapper's arguments, to be followed by the program's path.
  /// - Parameter remaining: how long the caller still waits. More processor time than that on each of a few threads is
  ///   of no use to anybody.
  func wrapperArguments(remaining: Duration) -> [String] {
    let useful = min(max(0, remaining.components.seconds), 1 << 20) * 4 + 1
    let seconds = max(1, min(processorSeconds, Int(useful)))
    // SIGXCPU at the first number, SIGKILL at the second.
    return [
      "--as=\(memoryBytes):\(memoryBytes)", "--cpu=\(seconds):\(seconds + 1)", "--fsize=\(diskBytes):\(diskBytes)",
      "--nofile=\(openFiles):\(openFiles)", "--core=0:0",
    ]
  }
}
