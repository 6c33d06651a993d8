import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import PeerModel

/// The parameters of an HTTP request: those of the path and, where there is no body to have them, of the query join those
/// of the body. Each may be given once.
enum RequestParameters {
  /// - Throws: ``NodeError`` `invalid_arguments` for a name given twice, a query where there is none, or escapes that are
  ///   no UTF-8.
  static func merge(
    _ json: JSONValue, _ request: Request, _ context: PeerRequestContext, _ schema: Schema
  ) throws(NodeError) -> JSONValue {
    guard case .object(var members) = json else {
      throw NodeError(.invalidArguments, "/: expected an object, got \(json.typeName)")
    }
    for (name, value) in context.parameters where name != PeerRouter.operationParameter {
      guard let text = String(value).removingPercentEscapes else {
        throw NodeError(.invalidArguments, "/\(name): the path's escapes are not UTF-8")
      }
      try add(.string(text), as: String(name), to: &members)
    }
    guard let query = request.uri.query, !query.isEmpty else { return .object(members) }
    guard request.method == .get || request.method == .delete else {
      throw NodeError(.invalidArguments, "/: this takes no query, the parameters are members of the body")
    }
    var given: [String: JSONValue] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = String(parts[0]).formDecoded, let value = (parts.count > 1 ? String(parts[1]) : "").formDecoded
      else { throw NodeError(.invalidArguments, "/: the query's escapes are not UTF-8") }
      try add(.string(value), as: name, to: &given)
    }
    // Everything in a query is text; what the schema wants as a number or a truth value is read as one.
    for (name, value) in ArgumentCoercion.coerce(.object(given), to: schema).objectValue ?? [:] {
      try add(value, as: name, to: &members)
    }
    return .object(members)
  }

  private static func add(
    _ value: JSONValue, as name: String, to members: inout [String: JSONValue]
  ) throws(NodeError) {
    guard members.updateValue(value, forKey: name) == nil else {
      throw NodeError(.invalidArguments, "/\(name.prefix(64)): given twice")
    }
  }
}

extension String {
  /// The text that percent escapes stand for (RFC 3986, section 2.1); nil where they are no UTF-8 or broken.
  var removingPercentEscapes: String? {
    guard utf8.contains(UInt8(ascii: "%")) else { return self }
    var bytes: [UInt8] = []
    var rest = Substring(self).utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(Self.hexDigit), let low = rest.popFirst().flatMap(Self.hexDigit) else {
        return nil
      }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The same of a form's text, where a plus is a space.
  fileprivate var formDecoded: String? { String(map { $0 == "+" ? " " : $0 }).removingPercentEscapes }

  private static func hexDigit(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
  }
}
