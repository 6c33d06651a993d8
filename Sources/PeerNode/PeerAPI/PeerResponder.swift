import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import PeerModel

/// The outermost layer of the HTTP API: keeps plain HTTP at home, and turns every error into a problem document.
struct PeerResponder<Inner: HTTPResponder<PeerRequestContext>>: Sendable {
  let inner: Inner
  let table: OperationTable
  let audit: AuditLog
  let logger: Logger

  /// A responder for one kind of connection.
  func handler(isSecure: Bool) -> HTTPChannelHandler.Responder {
    { request, writer, channel in
      let context = PeerRequestContext(source: .init(logger: logger, channel: channel, isSecure: isSecure))
      let response = try await respond(to: request, context)
      try await writer.write(response: response.head, body: response.body)
    }
  }

  private func respond(to request: Request, _ context: PeerRequestContext) async throws -> Response {
    guard context.isSecure || context.isLoopback || request.uri.path == "/health" else {
      audit.noteRefusal(ofAddress: context.clientHost, .notAllowed)
      return ProblemResponse.response(
        NodeError(
          .notAllowed, "plain HTTP is served to this machine only, use https",
          hint: "curl -k https://\(request.head.authority ?? "HOST")\(request.uri.path)"))
    }
    guard request.method != .head else {
      var head = request.head
      head.method = .get
      return try await respond(to: Request(head: head, body: request.body), context).createHeadResponse()
    }
    // Nothing is unpacked here: a small body must not become a large one.
    if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
      return ProblemResponse.response(
        NodeError(.unsupportedEncoding, "a body with Content-Encoding is not taken", hint: "send it as it is"))
    }
    do {
      let response = try await inner.respond(to: request, context: context)
      return response.status.kind == .clientError ? refusal(of: request, response) : response
    } catch let error as NodeError {
      return ProblemResponse.response(error)
    } catch is HTTPParserError {
      return ProblemResponse.response(NodeError(.malformed, "the body is not HTTP/1.1"), closing: true)
    } catch is CancellationError {
      return ProblemResponse.response(NodeError(.cancelled, "the request was cancelled"))
    } catch let error where error is NIOSSLError || error is ChannelError || error is IOError {
      // The other side broke off: nobody reads an answer, and strangers shall not fill the log.
      logger.debug("a connection broke within a request", metadata: ["error": "\(error)"])
      throw error
    } catch {
      if let failure = NodeError(storage: error) { return ProblemResponse.response(failure) }
      logger.error("a request failed unexpectedly", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
      return ProblemResponse.response(.internal)
    }
  }

  /// The router's own refusals in the shape of all others.
  private func refusal(of request: Request, _ response: Response) -> Response {
    guard response.headers[.contentType] != MediaType.problem else { return response }
    guard response.status != .notFound else { return notFound(request) }
    return ProblemResponse.response(
      NodeError(.malformed, "the request cannot be used (\(response.status.reasonPhrase))"))
  }

  /// 404, or 405 where the path has other methods (RFC 9110, section 15.5.6).
  private func notFound(_ request: Request) -> Response {
    let segments = request.uri.path.split(separator: "/")
    let routes = PeerRouter.openRoutes + table.operations.compactMap(\.route)
    let verbs = routes.filter { route in
      let template = route.path.split(separator: "/")
      return template.count == segments.count
        && zip(template, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }.map(\.verb.rawValue)
    let allowed = Set(verbs.contains("GET") ? verbs + ["HEAD"] : verbs)
    guard !allowed.isEmpty else {
      return ProblemResponse.response(NodeError(.notFound, "there is nothing at this path", hint: "see /openapi.json"))
    }
    var response = ProblemResponse.response(
      NodeError(.methodNotAllowed, "this path takes \(allowed.sorted().joined(separator: ", "))"))
    response.headers[.allow] = allowed.sorted().joined(separator: ", ")
    return response
  }
}
