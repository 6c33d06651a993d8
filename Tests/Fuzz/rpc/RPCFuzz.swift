// libFuzzer entry for the local API's codec: lines and data frames out of a byte stream that comes in pieces. One module
// with the sources; see ../run.sh.

/// However the stream is cut, the same messages and the same bytes come out of it, and the scanner never claims more
/// than there is.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  // The first byte says how the rest is cut.
  let whole = FuzzedStream.read(bytes.dropFirst(), pieces: bytes.count)
  let cut = FuzzedStream.read(bytes.dropFirst(), pieces: 1 + Int(bytes[0]) % 17)
  precondition(whole == cut)
  return 0
}

private enum FuzzedStream {
  enum Item: Equatable {
    case line([UInt8])
    case data([UInt8])
    case refused
  }

  static func read(_ stream: ArraySlice<UInt8>, pieces size: Int) -> [Item] {
    var scanner = FrameScanner()
    var unread: [UInt8] = []
    var run: [UInt8] = []
    var items: [Item] = []
    var rest = stream
    while !rest.isEmpty {
      unread += rest.prefix(size)
      rest = rest.dropFirst(size)
      while true {
        let step = unread.withUnsafeBytes { bytes in Result { () throws(NodeError) in try scanner.next(bytes) } }
        switch step {
        case .failure: return items + [.refused]
        case .success(.needMore): break
        case .success(.line(let length)):
          precondition(length < unread.count && unread[length] == 0x0A)
          let line = Array(unread[..<length])
          precondition(!line.contains(0x0A))
          unread.removeFirst(length + 1)
          items.append(.line(line))
          if let frame = frame(line) { scanner.expectData(frame.size) }
          continue
        case .success(.data(let length, let isEnd)):
          precondition(length <= unread.count && (length > 0 || isEnd))
          run += unread[..<length]
          unread.removeFirst(length)
          if isEnd {
            items.append(.data(run))
            run = []
          }
          continue
        }
        break
      }
    }
    return items + (run.isEmpty ? [] : [.data(run)])
  }

  /// Reads a line as both ends would; nil when it announces no data.
  private static func frame(_ line: [UInt8]) -> DataFrame? {
    guard let json = try? JSONParser.parse(line) else { return nil }
    if let reply = try? Message(reply: json) {
      precondition(reply.line.last == 0x0A && !reply.line.dropLast().contains(0x0A))
    }
    for request in json.arrayValue ?? [json] { _ = try? Message(request: request) }
    guard let message = try? Message(request: json) else { return nil }
    precondition((try? Message(request: message.json)) == message)
    guard case .notification(Notification.data, let parameters) = message,
      let frame = try? DataFrame(parameters: parameters)
    else { return decode(message) }
    precondition((0...DataFrame.maximumSize).contains(frame.size))
    return frame
  }

  /// The parameters as the methods read them.
  private static func decode(_ message: Message) -> DataFrame? {
    guard case .request(_, _, let parameters) = message else { return nil }
    _ = try? DiscoverPeers.Parameters(json: parameters)
    _ = try? AddPeer.Parameters(json: parameters)
    _ = try? PeerTrustParameters(json: parameters)
    _ = try? CallRemoteSkill.Parameters(json: parameters)
    _ = try? NodeStatus.Result(json: parameters)
    _ = try? ListPending.Result(json: parameters)
    _ = try? ListSkills.Result(json: parameters)
    return nil
  }
}
