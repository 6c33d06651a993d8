import Testing

@testable import PeerNode

/// Ranges of a document (RFC 9110, section 14).
@Suite struct ContentRangeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var header: String
    var size = 10
    /// Nil when the header is not one range; empty when nothing of it is there.
    var range: Range<Int>?
    var testDescription: String { "\(header) of \(size)" }
  }
  static let rows = [
    Row(header: "bytes=0-", range: 0..<10), Row(header: "bytes=0-0", range: 0..<1),
    Row(header: "bytes=3-5", range: 3..<6), Row(header: "bytes=3-500", range: 3..<10),
    Row(header: "bytes=-3", range: 7..<10), Row(header: "bytes=-30", range: 0..<10),
    Row(header: "bytes=9-", range: 9..<10), Row(header: "bytes=10-", range: 0..<0),
    Row(header: "bytes=-0", range: 0..<0), Row(header: "bytes=0-", size: 0, range: 0..<0),
    Row(header: "bytes=-1", size: 0, range: 0..<0), Row(header: "bytes=5-3", range: nil),
    Row(header: "bytes=", range: nil), Row(header: "bytes=-", range: nil), Row(header: "bytes=a-b", range: nil),
    Row(header: "bytes=0-1,3-4", range: nil), Row(header: "lines=0-1", range: nil),
    Row(header: "bytes=+1-2", range: nil), Row(header: "bytes=1-2-3", range: nil),
    Row(header: "bytes=99999999999999999999-", range: nil), Row(header: "bytes= 1-2", range: nil),
    Row(header: "bytes=0-999999999999999999", range: 0..<10),
  ]
  @Test(arguments: rows) func oneRangeIsTakenAndAllElseIsTheWhole(_ row: Row) {
    guard let wanted = ContentResponse.parse(row.header) else {
      #expect(row.range == nil)
      return
    }
    #expect((wanted.range(in: row.size) ?? 0..<0) == row.range)
  }
}
