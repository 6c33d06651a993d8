import LocalAPI
import PeerModel

/// Watching what happens.
extension NodeParts {
  var eventOperations: [Operation] {
    [
      Operation(SubscribeEvents.self, .view, audit: .stream) { _, context in
        for await event in events.subscribe() { try await context.progress(event.json) }
        try Task.checkCancellation()
        return [:]
      }
    ]
  }
}
