import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// What a server writes, cut into lines and read as messages.
@Suite struct MCPMessageTests {
  private func read(_ text: String) throws -> [MCPMessage] { try MCPMessage.read(text.utf8, limits: MCPLimits()) }

  @Test(
    arguments: [
      (#"{"jsonrpc":"2.0","id":3,"result":{"a":1}}"#, MCPMessage.response(id: 3, result: ["a": 1])),
      (
        #"{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"no"}}"#,
        .failure(id: 3, code: -32601, message: "no")
      ),
      (#"{"jsonrpc":"2.0","id":3,"error":7}"#, .failure(id: 3, code: 0, message: "an error without a message")),
      (#"{"jsonrpc":"2.0","method":"x"}"#, .notification(method: "x", parameters: [:])),
      (
        #"{"jsonrpc":"2.0","id":"a","method":"ping","params":{"b":1}}"#,
        .request(id: .string("a"), method: "ping", parameters: ["b": 1])
      ),
      (#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, .junk("a request without a proper id")),
      (#"{"jsonrpc":"2.0","id":"3","result":{}}"#, .junk("an answer without the id of a request")),
      (#"{"jsonrpc":"2.0","id":3}"#, .junk("an answer without a result")),
      (#"{"jsonrpc":"2.0","id":3.5,"result":{}}"#, .junk("an answer without the id of a request")),
      (#"{"id":3,"result":{}}"#, .junk("JSON that is no JSON-RPC 2.0")),
      ("7", .junk("JSON that is no JSON-RPC 2.0")),
      ("[]", .junk("a batch of 0 messages")),
    ])
  func aLineIsOneMessageOrJunk(_ line: String, _ message: MCPMessage) throws {
    #expect(try read(line) == [message])
  }

  @Test func aBatchIsItsMessagesAndALongOneIsJunk() throws {
    let one = #"{"jsonrpc":"2.0","method":"x"}"#
    #expect(try read("[\(one), 5]").count == 2)
    let many = Array(repeating: one, count: 101).joined(separator: ",")
    #expect(try read("[\(many)]") == [.junk("a batch of 101 messages")])
  }

  @Test(arguments: ["", "{", "hello", "{\"a\":1,\"a\":2}", String(repeating: "[", count: 100)])
  func whatIsNoJSONIsRefused(_ line: String) {
    #expect(throws: JSONSyntaxError.self) { try read(line) }
  }

  @Test(arguments: 1...9) func linesAreTheSameHoweverTheBytesArrive(_ size: Int) throws {
    let bytes = Array("one\r\n\n\ntwo\nthree and more\nrest".utf8)
    var lines = MCPLines(limit: 20)
    var found: [String] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      found += try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { try lines.take($0) }
        .map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(found == ["one", "two", "three and more"])
  }

  @Test(arguments: [1, 3, 50]) func aLineThatIsTooLongIsRefusedBeforeItsEnd(_ size: Int) {
    var lines = MCPLines(limit: 10)
    let bytes = Array(("short\n" + String(repeating: "x", count: 11)).utf8)
    #expect(throws: MCPLines.TooLong.self) {
      for start in stride(from: 0, to: bytes.count, by: size) {
        _ = try bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { try lines.take($0) }
      }
    }
  }
}
