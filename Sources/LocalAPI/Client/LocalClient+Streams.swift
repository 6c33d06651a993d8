package import PeerModel

extension LocalClient {
  /// Receives the files of a result into `sinks`, each under its stream's number, until every one is complete.
  package func receiveStreams(of request: RequestID, into sinks: [Int: any StreamSink]) throws(NodeError) {
    var open = sinks
    while !open.isEmpty {
      switch try nextIncoming(until: nil) {
      case .data(let frame, let length, let isEnd):
        guard frame.request == nil || frame.request == request, let sink = open[frame.stream] else {
          throw Self.unexpectedBytes
        }
        try sink.write(UnsafeRawBufferPointer(rebasing: connection.inbox.unread[..<length]))
        connection.inbox.consume(length)
        if isEnd && frame.isLast {
          try sink.finish()
          open[frame.stream] = nil
        }
      case .message(.failure(request, let error)), .message(.failure(.null, let error)): throw error
      case .message: continue
      }
    }
  }
}
