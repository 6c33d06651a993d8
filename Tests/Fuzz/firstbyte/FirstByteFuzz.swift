#if DEBUG
  import NIOCore
  import NIOEmbedded
  import NIOHTTP1
  import NIOHTTPTypesHTTP1
  import PeerModel

  @testable import PeerNode

  /// Any bytes, in any pieces, at the door that tells TLS from plain HTTP, with the HTTP parser and the guard behind it.
  struct FirstByteFuzz: FuzzTarget {
    private struct Undecided: Error {}
    private let running = RunningRequests()

    var seeds: [[UInt8]] { [] }

    func run(_ bytes: [UInt8]) {
      guard let first = bytes.first else { return }
      // The first byte says how the rest is cut.
      let size = first == 0 ? bytes.count : Int(first)
      let channel = EmbeddedChannel()
      var decisions: [Bool] = []
      let handler = FirstByteHandler(eventLoop: channel.eventLoop, timeout: .seconds(30)) { isTLS in
        decisions.append(isTLS)
        do {
          if !isTLS { try addHTTP(to: channel) }
          return channel.eventLoop.makeFailedFuture(Undecided())
        } catch { return channel.eventLoop.makeFailedFuture(error) }
      }
      do {
        try channel.pipeline.syncOperations.addHandler(handler)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        var rest = bytes.dropFirst()
        while !rest.isEmpty, channel.isActive {
          try channel.writeInbound(ByteBuffer(bytes: rest.prefix(size)))
          rest = rest.dropFirst(size)
        }
      } catch {}
      precondition(decisions.count <= 1, "the first byte decides once")
      if let isTLS = decisions.first { precondition(isTLS == (bytes[1] == FirstByteHandler.tlsHandshakeRecord)) }
      check(answerOf: channel)
      _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    private func addHTTP(to channel: EmbeddedChannel) throws {
      var decoder = NIOHTTPDecoderLimitConfiguration()
      decoder.maxHeaderFieldSize = PeerListener.maximumHeader
      decoder.maxHeaderListSize = PeerListener.maximumHeader
      decoder.maxHeaderFieldCount = 100
      let pipeline = channel.pipeline.syncOperations
      // As the server's library does it.
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
        withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoder)
      try pipeline.addHandlers(
        HTTP1ToHTTPServerCodec(secure: false),
        ConnectionGuard(timeout: .seconds(30), running: running, isSecure: false))
    }

    /// Whatever the guard says is a whole problem document, and the last word.
    private func check(answerOf channel: EmbeddedChannel) {
      var answer: [UInt8] = []
      while case .byteBuffer(let piece)? = try? channel.readOutbound(as: IOData.self) {
        answer += piece.readableBytesView
      }
      guard !answer.isEmpty else { return }
      let text = String(decoding: answer, as: UTF8.self)
      precondition(text.hasPrefix("HTTP/1.1 400 ") || text.hasPrefix("HTTP/1.1 431 "), text)
      precondition(text.contains("application/problem+json"), text)
      let body = text.split(separator: "\r\n\r\n").last.map(String.init) ?? ""
      precondition((try? JSONParser.parse(body))?["status"] != nil, text)
    }
  }
#endif
