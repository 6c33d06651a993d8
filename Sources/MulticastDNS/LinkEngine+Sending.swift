/// Packets on their way out (RFC 6762 section 17).
extension LinkEngine {
  /// Sends a response in as many packets as needed. A record that fits no packet goes alone, in fragments; additional
  /// records go only where there is room, since nobody depends on them.
  mutating func send(
    _ answers: [ResourceRecord], additionals: [ResourceRecord] = [], now: Milliseconds, to destination: Endpoint? = nil,
    legacyQuery: Message? = nil
  ) {
    var rest = answers[...]
    while let first = rest.popFirst() {
      var writer = MessageWriter(id: legacyQuery?.id ?? 0, isResponse: true, isLegacy: legacyQuery != nil)
      // A plain resolver expects its own question back (section 6.7).
      for question in legacyQuery?.questions ?? [] { _ = writer.add(question, limit: link.payloadLimit) }
      if !writer.add(first, to: .answer, limit: link.payloadLimit) { _ = writer.add(first, to: .answer, limit: .max) }
      while let next = rest.first, writer.add(next, to: .answer, limit: link.payloadLimit) { rest.removeFirst() }
      if rest.isEmpty {
        for record in additionals where !writer.add(record, to: .additional, limit: link.payloadLimit) { break }
      }
      transmit(writer.finish(), now: now, to: destination)
    }
  }

  /// Sends questions with known answers. What does not fit follows at once, marked as a continuation (section 7.2).
  mutating func ask(_ questions: [RecordKey], known: [ResourceRecord], now: Milliseconds) {
    var writer = MessageWriter(isResponse: false)
    for key in questions where !writer.add(Question(key.name, key.type), limit: link.payloadLimit) {
      transmit(writer.finish(), now: now)
      writer = MessageWriter(isResponse: false)
      _ = writer.add(Question(key.name, key.type), limit: .max)
    }
    for record in known where !writer.add(record, to: .answer, limit: link.payloadLimit) {
      writer.markTruncated()
      transmit(writer.finish(), now: now)
      writer = MessageWriter(isResponse: false)
      _ = writer.add(record, to: .answer, limit: .max)
    }
    if !writer.isEmpty { transmit(writer.finish(), now: now) }
  }

  mutating func transmit(_ payload: [UInt8], now: Milliseconds, to destination: Endpoint? = nil) {
    if destination == nil { echoes.remember(payload, now: now) }
    outbox.append(Transmission(link: link.id, destination: destination, payload: payload))
  }
}
