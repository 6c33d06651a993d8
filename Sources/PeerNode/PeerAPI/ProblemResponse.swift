import HTTPTypes
import HummingbirdCore
import NIOCore
import PeerModel

/// The error shape of the HTTP API (RFC 9457).
enum ProblemResponse {
  static func make(_ error: NodeError, closing: Bool = false) -> (head: HTTPResponse, body: ByteBuffer) {
    let body = ByteBuffer(bytes: error.problem.bytes)
    var head = HTTPResponse(status: .init(code: error.code.mapping.http, reasonPhrase: error.code.mapping.title))
    head.headerFields[.contentType] = MediaType.problem
    head.headerFields[.contentLength] = String(body.readableBytes)
    head.headerFields[.cacheControl] = "no-store"
    if let seconds = error.retryAfter { head.headerFields[.retryAfter] = String(seconds) }
    if error.code == .unauthenticated { head.headerFields[.wwwAuthenticate] = "Bearer" }
    if closing { head.headerFields[.connection] = "close" }
    return (head, body)
  }

  static func response(_ error: NodeError, closing: Bool = false) -> Response {
    let (head, body) = make(error, closing: closing)
    return Response(status: head.status, headers: head.headerFields, body: .init(byteBuffer: body))
  }
}
