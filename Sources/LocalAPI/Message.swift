package import PeerModel

/// One message of the local API (JSON-RPC 2.0, section 4 and 5).
package enum Message: Hashable, Sendable {
  case request(id: RequestID, method: String, parameters: JSONValue)
  case notification(method: String, parameters: JSONValue)
  case response(id: RequestID, result: JSONValue)
  case failure(id: RequestID, error: NodeError)
}

/// The id of a request: a string, a number, or null where the id could not be read.
package enum RequestID: Hashable, Sendable {
  case integer(Int64)
  case string(String)
  case null

  package init?(json: JSONValue) {
    switch json {
    case .integer(let value): self = .integer(value)
    case .string(let value): self = .string(value)
    case .null: self = .null
    default: return nil
    }
  }
  package var json: JSONValue {
    switch self {
    case .integer(let value): .integer(value)
    case .string(let value): .string(value)
    case .null: .null
    }
  }
}

extension Message {
  /// Reads a request or notification.
  /// - Throws: ``NodeError`` `invalid_request` when the envelope is wrong.
  package init(request json: JSONValue) throws(NodeError) {
    guard case .object(let members) = json, members["jsonrpc"] == "2.0", let method = members["method"]?.stringValue
    else { throw NodeError(.invalidRequest, "not a JSON-RPC 2.0 request") }
    let parameters = members["params"] ?? [:]
    guard parameters.objectValue != nil || parameters.arrayValue != nil else {
      throw NodeError(.invalidRequest, "params must be an object or an array")
    }
    guard let id = members["id"] else {
      self = .notification(method: method, parameters: parameters)
      return
    }
    guard let id = RequestID(json: id) else { throw NodeError(.invalidRequest, "id must be a string or an integer") }
    self = .request(id: id, method: method, parameters: parameters)
  }

  /// Reads what a daemon sends: a response, or a notification.
  package init(reply json: JSONValue) throws(NodeError) {
    if let method = json["method"]?.stringValue {
      self = .notification(method: method, parameters: json["params"] ?? [:])
    } else if let error = json["error"] {
      self = .failure(id: json["id"].flatMap(RequestID.init(json:)) ?? .null, error: NodeError(rpcObject: error))
    } else if let result = json["result"], let id = json["id"].flatMap(RequestID.init(json:)) {
      self = .response(id: id, result: result)
    } else {
      throw NodeError(.malformed, "the daemon sent a message that is not JSON-RPC 2.0")
    }
  }

  package var json: JSONValue {
    switch self {
    case .request(let id, let method, let parameters):
      ["jsonrpc": "2.0", "id": id.json, "method": .string(method), "params": parameters]
    case .notification(let method, let parameters):
      ["jsonrpc": "2.0", "method": .string(method), "params": parameters]
    case .response(let id, let result): ["jsonrpc": "2.0", "id": id.json, "result": result]
    case .failure(let id, let error): ["jsonrpc": "2.0", "id": id.json, "error": error.rpcObject]
    }
  }

  /// The message as one line, newline included.
  package var line: [UInt8] { json.bytes + [0x0A] }
}

/// Names of the protocol's own notifications.
package enum Notification {
  /// To the client: a step of a long method; `{"id": request id, "value": …}`.
  package static let progress = "$/progress"
  /// To the daemon: give up a request; `{"id": request id}`.
  package static let cancel = "$/cancel"
  /// Both ways: raw bytes follow this line; see ``DataFrame``.
  package static let data = "$/data"
}
