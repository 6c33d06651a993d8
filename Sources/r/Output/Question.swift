internal import Glibc
internal import PeerModel

/// What somebody at a terminal is asked.
enum Question {
  /// Whether somebody is there who sees the question and can answer it.
  static func canBeAsked(_ output: Output) -> Bool { isatty(STDIN_FILENO) == 1 && output.messages.isTerminal }

  /// Reads a line; anything but y or yes is no.
  /// - Throws: ``NodeError`` `cancelled` when interrupted.
  static func isYes() throws(NodeError) -> Bool {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      let count = read(STDIN_FILENO, &byte, 1)
      if count < 0, errno == EINTR, Interrupts.exitStatus == nil { continue }
      if Interrupts.exitStatus != nil { throw NodeError(.cancelled, "interrupted") }
      if count <= 0 || byte == UInt8(ascii: "\n") { break }
      line.append(byte)
    }
    return ["y", "yes"].contains(String(decoding: line, as: UTF8.self).lowercased())
  }
}
