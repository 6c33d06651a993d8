import PeerModel
import Testing

@Suite struct ErrorTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var code: String
    var rpc: Int
    var http: Int
    var exit: Int32
    var testDescription: String { code }
    init(_ code: String, _ rpc: Int, _ http: Int, _ exit: Int32) {
      (self.code, self.rpc, self.http, self.exit) = (code, rpc, http, exit)
    }
  }

  /// Contract sections 4, 7 and 8, spelt out.
  static let table: [Row] = [
    Row("malformed", -32700, 400, 1),
    Row("invalid_request", -32600, 400, 1),
    Row("unknown_method", -32601, 404, 1),
    Row("invalid_arguments", -32602, 422, 64),
    Row("internal", -32603, 500, 1),
    Row("peer_not_found", -32001, 404, 1),
    Row("ambiguous", -32002, 409, 1),
    Row("not_approved", -32003, 403, 77),
    Row("identity_replaced", -32003, 403, 77),
    Row("not_allowed", -32004, 403, 77),
    Row("unauthenticated", -32004, 401, 77),
    Row("peer_unreachable", -32005, 503, 75),
    Row("timed_out", -32006, 504, 75),
    Row("skill_not_found", -32007, 404, 1),
    Row("skill_unavailable", -32007, 503, 1),
    Row("limit_reached", -32008, 409, 1),
    Row("rate_limited", -32008, 429, 75),
    Row("too_large", -32008, 413, 1),
    Row("unsupported_encoding", -32600, 415, 1),
    Row("headers_too_large", -32008, 431, 1),
    Row("conflict", -32008, 409, 1),
    Row("busy", -32008, 503, 75),
    Row("storage_full", -32008, 507, 1),
    Row("remote_failed", -32009, 502, 1),
    Row("skill_failed", -32009, 200, 1),
    Row("range_not_satisfiable", -32602, 416, 1),
    Row("tool_changed", -32003, 409, 77),
    Row("task_failed", -32009, 200, 1),
    Row("agent_unavailable", -32007, 503, 1),
    Row("cancelled", -32009, 503, 130),
    Row("unsupported_version", -32009, 400, 1),
    Row("not_found", -32601, 404, 1),
    Row("method_not_allowed", -32601, 405, 1),
    Row("daemon_unreachable", -32603, 503, 69),
    Row("usage", -32602, 400, 64),
    Row("configuration", -32603, 500, 78),
    Row("identity_damaged", -32603, 500, 1),
    Row("already_running", -32603, 500, 1),
  ]

  @Test func theTableNamesEveryCode() {
    #expect(Set(Self.table.map(\.code)) == Set(ErrorCode.table.keys.map(\.rawValue)))
    #expect(Self.table.count == ErrorCode.table.count)
  }

  @Test(arguments: table) func everyCodeHasItsNumbers(_ row: Row) {
    let mapping = ErrorCode(rawValue: row.code).mapping
    #expect(mapping.rpc == row.rpc)
    #expect(mapping.http == row.http)
    #expect(mapping.exit == row.exit)
    #expect(!mapping.title.isEmpty)
  }

  @Test func aCodeOfANewerVersionCountsAsAFailureOnThePeer() {
    let mapping = ErrorCode(rawValue: "quota_exceeded").mapping
    #expect(mapping.rpc == -32009)
    #expect(mapping.http == 502)
    #expect(mapping.exit == 1)
  }

  static let errors = [
    NodeError(.notApproved, "nachbar has not approved this node yet", hint: "r approve peer-aaaqeaye"),
    NodeError(
      .ambiguous, "lab may be any of 2 peers", hint: "more letters", candidates: ["peer-a (lab)", "peer-b (lab)"]),
    NodeError(.rateLimited, "slower", retryAfter: 5),
    NodeError(ErrorCode(rawValue: "quota_exceeded"), "a code of a newer peer"),
    NodeError.internal,
  ]

  @Test(arguments: errors) func anErrorSurvivesJSONRPC(_ error: NodeError) {
    #expect(NodeError(rpcObject: error.rpcObject) == error)
  }

  @Test func theJSONRPCObjectHasTheShapeOfTheContract() throws {
    let json = try JSONParser.parse(
      #"{"code":-32003,"message":"nachbar has not approved this node yet","data":{"code":"not_approved","hint":"r approve peer-aaaqeaye"}}"#
    )
    #expect(Self.errors[0].rpcObject == json)
  }

  /// RFC 9457 carries no waiting time: HTTP has a header field for it.
  @Test(arguments: errors) func anErrorSurvivesAProblemDocument(_ error: NodeError) {
    var expected = error
    expected.retryAfter = nil
    #expect(NodeError(problem: error.problem) == expected)
  }

  @Test func theProblemDocumentHasTheShapeOfTheContract() throws {
    let json = try JSONParser.parse(
      #"""
      {"type":"about:blank","status":403,"title":"Not approved","detail":"nachbar has not approved this node yet",
       "code":"not_approved","hint":"r approve peer-aaaqeaye"}
      """#)
    #expect(Self.errors[0].problem == json)
  }

  @Test(arguments: [
    ("{\"code\":-32700,\"message\":\"m\"}", "malformed"), ("{\"code\":-32600,\"message\":\"m\"}", "invalid_request"),
    ("{\"code\":-32601,\"message\":\"m\"}", "unknown_method"),
    ("{\"code\":-32602,\"message\":\"m\"}", "invalid_arguments"),
    ("{\"code\":-32603,\"message\":\"m\"}", "internal"), ("{\"code\":1,\"message\":\"m\"}", "internal"),
    ("{}", "internal"),
    ("[]", "internal"), ("{\"code\":\"x\",\"message\":7,\"data\":{\"code\":7}}", "internal"),
  ])
  func aForeignJSONRPCErrorIsReadAsTheNearestCode(_ text: String, _ code: String) throws {
    let error = NodeError(rpcObject: try JSONParser.parse(text))
    #expect(error.code.rawValue == code)
    #expect(!error.message.isEmpty)
  }

  @Test(arguments: ["{}", "[]", "null", "{\"code\":\"x\"}", "{\"detail\":\"x\"}", "{\"code\":1,\"detail\":\"x\"}"])
  func whatIsNoProblemDocumentIsNotReadAsOne(_ text: String) throws {
    #expect(NodeError(problem: try JSONParser.parse(text)) == nil)
  }

  @Test func theUnexpectedLeavesNoDetail() {
    let text = NodeError.internal.problem.text + NodeError.internal.rpcObject.text
    #expect(!text.contains("/"))
  }
}
