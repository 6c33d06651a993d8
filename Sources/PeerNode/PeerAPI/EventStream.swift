import HTTPTypes
import Hummingbird
import NIOCore
import PeerModel

/// Events one by one in one long answer: Server-Sent Events (WHATWG HTML, section 9.2).
enum EventStream {
  /// A comment that often tells either side that the other is still there, seconds.
  static let heartbeat = Duration.seconds(15)
  static let mediaType = "text/event-stream"

  /// The answer; it ends when the events do.
  static func response(_ events: AsyncStream<JSONValue>) -> Response {
    let body = ResponseBody { writer in
      let (merged, continuation) = AsyncStream.makeStream(of: JSONValue?.self)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for await event in events { continuation.yield(event) }
          continuation.finish()
        }
        group.addTask {
          while true {
            try await Task.sleep(for: heartbeat)
            continuation.yield(nil)
          }
        }
        defer { group.cancelAll() }
        for await event in merged { try await writer.write(ByteBuffer(string: event.map(text) ?? ":\n\n")) }
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok, headers: [.contentType: mediaType, .cacheControl: "no-store"], body: body)
  }

  /// JSON has no line breaks of its own here, so one line of data is enough.
  private static func text(of event: JSONValue) -> String {
    "event: \(event["type"]?.stringValue ?? "message")\ndata: \(event.text)\n\n"
  }
}
