internal import Glibc
internal import LocalAPI
internal import PeerModel

/// A file of a result on its way to stdout or to a device: the bytes as they are, except that a terminal gets them made
/// safe.
final class StreamOutput: StreamSink {
  private let descriptor: Int32
  private let isTerminal: Bool
  private let expectedSize: Int?
  private var size = 0
  /// The beginning of a character whose end has not come yet.
  private var partial: [UInt8] = []
  private var endsLine = true

  init(descriptor: Int32, expectedSize: Int? = nil) {
    self.descriptor = descriptor
    self.expectedSize = expectedSize
    isTerminal = isatty(descriptor) == 1
  }

  func write(_ bytes: UnsafeRawBufferPointer) {
    size += bytes.count
    guard isTerminal else { return Output.write(bytes, to: descriptor) }
    let all = partial + bytes
    let complete = all.count - Self.partialLength(all)
    partial = Array(all[complete...])
    show(all[..<complete])
  }

  func finish() throws(NodeError) {
    endText()
    if let expectedSize, expectedSize != size {
      throw NodeError(.malformed, "the result has \(size) bytes, rd announced \(expectedSize)")
    }
  }

  /// Leaves a terminal's cursor at the beginning of a line.
  func endText() {
    guard isTerminal else { return }
    show(partial[...])
    if !endsLine { Output.write([0x0A], to: descriptor) }
  }

  private func show(_ bytes: ArraySlice<UInt8>) {
    guard let last = bytes.last else { return }
    endsLine = last == 0x0A
    Output.write(Array(SafeText.block(String(decoding: bytes, as: UTF8.self)).utf8), to: descriptor)
  }

  /// Bytes at the end that begin a UTF-8 sequence and do not complete it.
  private static func partialLength(_ bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
      let byte = bytes[bytes.count - back]
      if byte < 0x80 { return 0 }
      if byte >= 0xC0 {
        let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
        return back < length ? back : 0
      }
    }
    return 0
  }
}
