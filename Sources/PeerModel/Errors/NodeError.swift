/// The one error that crosses a boundary: a stable code, a sentence for people, and the next step where there is one.
package struct NodeError: Error, Hashable, Sendable {
  package var code: ErrorCode
  /// One sentence without a trailing stop; carries no secret and no path of this machine.
  package var message: String
  /// A command that can be pasted, or one sentence where no command helps.
  package var hint: String?
  /// What an ambiguous word may have meant, longest form first.
  package var candidates: [String]
  /// Seconds to wait before trying again, where that is known (RFC 9110 `Retry-After`).
  package var retryAfter: Int?

  package init(
    _ code: ErrorCode, _ message: String, hint: String? = nil, candidates: [String] = [], retryAfter: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.candidates = candidates
    self.retryAfter = retryAfter
  }

  /// What leaves the node for anything unexpected: no detail that could carry a path or a secret.
  package static let `internal` = NodeError(
    .internal, "the daemon met an unexpected error; its log has the details", hint: "journalctl -u rd -n 50")
}

extension NodeError: CustomStringConvertible {
  package var description: String { "\(code.rawValue): \(message)" }
}

extension NodeError {
  /// The JSON-RPC 2.0 error object: `code`, `message` and `data` with the stable code and the hint.
  package var rpcObject: JSONValue {
    [
      "code": .integer(Int64(code.mapping.rpc)),
      "message": .string(message),
      "data": .compact([
        "code": .string(code.rawValue), "hint": hint.map(JSONValue.string),
        "candidates": candidates.isEmpty ? nil : candidates.json, "retry_after": retryAfter?.json,
      ]),
    ]
  }

  /// Reads a JSON-RPC error object; numbers without `data` map to the nearest code.
  package init(rpcObject: JSONValue) {
    let data = rpcObject["data"]
    let number = rpcObject["code"]?.integerValue.map(Int.init) ?? -32603
    let byNumber: [Int: ErrorCode] = [
      -32700: .malformed, -32600: .invalidRequest, -32601: .unknownMethod, -32602: .invalidArguments,
    ]
    self.init(
      data?["code"]?.stringValue.map(ErrorCode.init(rawValue:)) ?? byNumber[number] ?? .internal,
      rpcObject["message"]?.stringValue ?? "the daemon sent an error without a message",
      hint: data?["hint"]?.stringValue,
      candidates: data?["candidates"]?.arrayValue?.compactMap(\.stringValue) ?? [],
      retryAfter: data?["retry_after"]?.integerValue.map(Int.init))
  }

  /// The RFC 9457 problem document.
  package var problem: JSONValue {
    .compact([
      "type": "about:blank", "status": .integer(Int64(code.mapping.http)), "title": .string(code.mapping.title),
      "detail": .string(message), "code": .string(code.rawValue), "hint": hint.map(JSONValue.string),
      "candidates": candidates.isEmpty ? nil : candidates.json,
    ])
  }

  /// Reads a problem document that a peer sent with an HTTP error status; nil when it is none.
  package init?(problem: JSONValue) {
    guard let code = problem["code"]?.stringValue, let detail = problem["detail"]?.stringValue else { return nil }
    self.init(
      ErrorCode(rawValue: code), detail, hint: problem["hint"]?.stringValue,
      candidates: problem["candidates"]?.arrayValue?.compactMap(\.stringValue) ?? [])
  }
}
