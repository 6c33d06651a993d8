/// What one run of a program may use at most.
package struct CommandLimits: Hashable, Sendable {
  /// Bytes of address space (RLIMIT_AS).
  package var memoryBytes: Int
  /// Seconds of processor time (RLIMIT_CPU), all threads together.
  package var processorSeconds: Int
  /// Bytes of any one file that it writes (RLIMIT_FSIZE).
  package var fileBytes: Int
  /// Open files (RLIMIT_NOFILE).
  package var openFiles: Int
  /// Bytes that are taken from its standard output.
  package var outputBytes: Int

  /// The defaults do for programs that read one document.
  package init(
    memoryBytes: Int = 1 << 30, processorSeconds: Int = 600, fileBytes: Int = 1 << 30, openFiles: Int = 256,
    outputBytes: Int = 1 << 30
  ) {
    self.memoryBytes = memoryBytes
    self.processorSeconds = processorSeconds
    self.fileBytes = fileBytes
    self.openFiles = openFiles
    self.outputBytes = outputBytes
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
      "--as=\(memoryBytes):\(memoryBytes)", "--cpu=\(seconds):\(seconds + 1)", "--fsize=\(fileBytes):\(fileBytes)",
      "--nofile=\(openFiles):\(openFiles)", "--core=0:0",
    ]
  }
}
