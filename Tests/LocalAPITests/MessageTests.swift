import LocalAPI
import PeerModel
import Testing

/// The envelope of JSON-RPC 2.0, sections 4 and 5; examples are those of its section 7.
@Suite struct MessageTests {
  @Test(arguments: [
    (
      #"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#,
      Message.request(id: .integer(1), method: "subtract", parameters: [42, 23])
    ),
    (
      #"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
      .request(id: .integer(3), method: "subtract", parameters: ["subtrahend": 23, "minuend": 42])
    ),
    (
      #"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#,
      .notification(method: "update", parameters: [1, 2, 3, 4, 5])
    ),
    (#"{"jsonrpc": "2.0", "method": "foobar"}"#, .notification(method: "foobar", parameters: [:])),
    (
      #"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#,
      .request(id: .string("1"), method: "foobar", parameters: [:])
    ),
    (
      #"{"jsonrpc": "2.0", "method": "get_data", "id": "9"}"#,
      .request(id: .string("9"), method: "get_data", parameters: [:])
    ),
    (#"{"jsonrpc": "2.0", "method": "a", "id": null}"#, .request(id: .null, method: "a", parameters: [:])),
    (
      #"{"jsonrpc": "2.0", "method": "a", "id": -9223372036854775808}"#,
      .request(id: .integer(.min), method: "a", parameters: [:])
    ),
    (#"{"jsonrpc": "2.0", "method": "a", "unknown": 1}"#, .notification(method: "a", parameters: [:])),
  ])
  func requestsAreRead(_ text: String, _ message: Message) throws {
    #expect(try Message(request: JSONParser.parse(text)) == message)
    #expect(try Message(request: message.json) == message)
  }

  @Test(arguments: [
    (#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#, "not a JSON-RPC 2.0 request"),
    (#"{"foo": "boo"}"#, "not a JSON-RPC 2.0 request"), ("1", "not a JSON-RPC 2.0 request"),
    ("null", "not a JSON-RPC 2.0 request"), ("\"a\"", "not a JSON-RPC 2.0 request"),
    (#"{"method": "a", "id": 1}"#, "not a JSON-RPC 2.0 request"),
    (#"{"jsonrpc": "1.0", "method": "a", "id": 1}"#, "not a JSON-RPC 2.0 request"),
    (#"{"jsonrpc": 2.0, "method": "a", "id": 1}"#, "not a JSON-RPC 2.0 request"),
    (#"{"jsonrpc": "2.0", "id": 1}"#, "not a JSON-RPC 2.0 request"),
    (#"{"jsonrpc": "2.0", "result": 1, "id": 1}"#, "not a JSON-RPC 2.0 request"),
    (#"{"jsonrpc": "2.0", "method": "a", "params": "bar", "id": 1}"#, "params must be an object or an array"),
    (#"{"jsonrpc": "2.0", "method": "a", "params": null, "id": 1}"#, "params must be an object or an array"),
    (#"{"jsonrpc": "2.0", "method": "a", "id": 1.5}"#, "id must be a string or an integer"),
    (#"{"jsonrpc": "2.0", "method": "a", "id": true}"#, "id must be a string or an integer"),
    (#"{"jsonrpc": "2.0", "method": "a", "id": {}}"#, "id must be a string or an integer"),
    (#"{"jsonrpc": "2.0", "method": "a", "id": []}"#, "id must be a string or an integer"),
  ])
  func aWrongEnvelopeIsRefused(_ text: String, _ message: String) throws {
    let json = try JSONParser.parse(text)
    let error = #expect(throws: NodeError.self) { try Message(request: json) }
    #expect(error == NodeError(.invalidRequest, message))
    #expect(error?.code.mapping.rpc == -32600)
  }

  @Test(arguments: [
    (#"{"jsonrpc": "2.0", "result": 19, "id": 1}"#, Message.response(id: .integer(1), result: 19)),
    (#"{"jsonrpc": "2.0", "result": null, "id": "a"}"#, .response(id: .string("a"), result: .null)),
    (
      #"{"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "1"}"#,
      .failure(id: .string("1"), error: NodeError(.unknownMethod, "Method not found"))
    ),
    (
      #"{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": null}"#,
      .failure(id: .null, error: NodeError(.malformed, "Parse error"))
    ),
    (
      #"{"jsonrpc": "2.0", "error": {"code": -32003, "message": "m", "data": {"code": "not_approved", "hint": "h"}}}"#,
      .failure(id: .null, error: NodeError(.notApproved, "m", hint: "h"))
    ),
    (
      #"{"jsonrpc": "2.0", "method": "$/progress", "params": {"id": 1, "value": 2}}"#,
      .notification(method: "$/progress", parameters: ["id": 1, "value": 2])
    ),
  ])
  func repliesAreRead(_ text: String, _ message: Message) throws {
    #expect(try Message(reply: JSONParser.parse(text)) == message)
    #expect(try Message(reply: message.json) == message)
  }

  @Test(arguments: ["{}", "1", "[]", #"{"result": 1}"#, #"{"id": 1}"#, #"{"result": 1, "id": 1.5}"#])
  func whatIsNoReplyIsRefused(_ text: String) throws {
    let json = try JSONParser.parse(text)
    let error = #expect(throws: NodeError.self) { try Message(reply: json) }
    #expect(error?.code == .malformed)
  }

  @Test func aMessageIsOneLineWhateverIsInIt() throws {
    let message = Message.request(id: .string("a\nb"), method: "m\r\n", parameters: ["t": "\n\u{2028}\u{85}"])
    #expect(message.line.last == 0x0A)
    #expect(message.line.dropLast().contains(0x0A) == false)
    #expect(try Message(request: JSONParser.parse(message.line)) == message)
  }

  @Test func theWireFormIsSpeltOut() {
    let request = Message.request(id: .integer(1), method: "daemon.info", parameters: [:])
    #expect(
      String(decoding: request.line, as: UTF8.self) == #"{"id":1,"jsonrpc":"2.0","method":"daemon.info","params":{}}"#
        + "\n")
    let failure = Message.failure(id: .null, error: NodeError(.notApproved, "m", hint: "h"))
    #expect(
      String(decoding: failure.line, as: UTF8.self)
        == #"{"error":{"code":-32003,"data":{"code":"not_approved","hint":"h"},"message":"m"},"id":null,"jsonrpc":"2.0"}"#
        + "\n")
    #expect(Notification.progress == "$/progress")
    #expect(Notification.cancel == "$/cancel")
    #expect(Notification.data == "$/data")
  }
}
