internal import PeerModel

/// Counts as `wc` does, over bytes that come in pieces.
///
/// Eight bytes are looked at as one integer: each test leaves its answer in the highest bit of each byte, whatever its
/// neighbours are. That is several times as fast as byte by byte.
struct WordCounter {
  /// Line feeds.
  private(set) var lines = 0
  /// Runs of bytes other than ASCII white space.
  private(set) var words = 0
  private(set) var bytes = 0
  /// Unicode scalars; of bytes that are not UTF-8, those that do not continue a character.
  private(set) var characters = 0
  /// 0x80 at the beginning and after a blank, where a word would start; else 0.
  private var afterBlank: UInt64 = 0x80

  /// Counts the next piece.
  mutating func add(_ chunk: UnsafeRawBufferPointer) {
    bytes += chunk.count
    characters += chunk.count
    var offset = 0
    while let base = chunk.baseAddress, chunk.count - offset >= 8 {
      // A tally's bytes count to 255.
      let steps = min(255, (chunk.count - offset) / 8)
      add(base + offset, steps: steps)
      offset += steps * 8
    }
    for byte in chunk[offset...] { add(byte) }
  }

  private mutating func add(_ byte: UInt8) {
    let blank = Self.blanks(in: UInt64(byte)) & 0x80
    if byte == 0x0A { lines += 1 }
    if blank == 0, afterBlank != 0 { words += 1 }
    if byte & 0xC0 == 0x80 { characters -= 1 }
    afterBlank = blank
  }

  private mutating func add(_ start: UnsafeRawPointer, steps: Int) {
    var feeds: UInt64 = 0
    var starts: UInt64 = 0
    var continuations: UInt64 = 0
    var afterBlank = afterBlank
    for step in 0..<steps {
      let eight = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: step &* 8, as: UInt64.self))
      let blanks = Self.blanks(in: eight)
      feeds &+= Self.zeros(in: eight ^ Self.ones &* 0x0A) &>> 7
      starts &+= ((blanks &<< 8 | afterBlank) & ~blanks & Self.highs) &>> 7
      // The two highest bits of a byte that continues a character are 10.
      continuations &+= (eight & ~(eight &<< 1) & Self.highs) &>> 7
      afterBlank = blanks &>> 56
    }
    self.afterBlank = afterBlank
    lines += Self.sum(feeds)
    words += Self.sum(starts)
    characters -= Self.sum(continuations)
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  /// 0x80 in each byte that is zero.
  private static func zeros(in eight: UInt64) -> UInt64 {
    ~((eight & ~highs &+ ~highs) | eight) & highs
  }

  /// 0x80 in each byte that is a space, or from tab to carriage return (9…13).
  private static func blanks(in eight: UInt64) -> UInt64 {
    let low = eight & ~highs
    let fromTab = low &+ ones &* (0x80 - 9)
    let afterReturn = low &+ ones &* (0x80 - 14)
    return (fromTab & ~afterReturn & ~eight & highs) | zeros(in: eight ^ ones &* 0x20)
  }

  /// The sum of the eight bytes.
  private static func sum(_ tally: UInt64) -> Int {
    // Pairs first, so that the product's highest part has room for 8 × 255.
    let pairs = tally & 0x00FF_00FF_00FF_00FF &+ (tally &>> 8 & 0x00FF_00FF_00FF_00FF)
    return Int((pairs &* 0x0001_0001_0001_0001) &>> 48)
  }

  /// The counts as the tool's result.
  var json: JSONValue {
    ["lines": lines.json, "words": words.json, "bytes": bytes.json, "characters": characters.json]
  }
}
