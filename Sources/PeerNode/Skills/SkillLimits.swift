internal import Glibc

/// What calls of skills may use at most, together and each.
package struct SkillLimits: Hashable, Sendable {
  /// Calls that run at one time.
  package var concurrentCalls: Int
  /// Calls that wait for their turn, a quarter of them of one peer; one more is refused as busy.
  package var waitingCalls: Int
  /// Bytes of one file in arguments.
  package var fileBytes: Int
  /// Bytes of all files of one result together.
  package var outputBytes: Int
  /// Bytes of a result's JSON text.
  package var resultBytes: Int

  /// - Parameter concurrentCalls: twice the number of processors when nil: a call waits for its program or the disk
  ///   about half of the time.
  package init(
    concurrentCalls: Int? = nil, waitingCalls: Int = 256, fileBytes: Int = 4 << 30, outputBytes: Int = 1 << 30,
    resultBytes: Int = 4 << 20
  ) {
    self.concurrentCalls = concurrentCalls ?? 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    self.waitingCalls = waitingCalls
    self.fileBytes = fileBytes
    self.outputBytes = outputBytes
    self.resultBytes = resultBytes
  }
}
