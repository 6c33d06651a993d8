import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Files beside the JSON of the local socket.
@Suite(.serialized) struct LocalFileTests {
  static func count(_ file: JSONValue) -> JSONValue {
    ["skill": "text", "tool": "word_count", "arguments": ["file": file]]
  }

  @Test(arguments: [(0, 100_000), (1, 1), (1000, 7), (3 << 20, 1 << 20), (3 << 20, 65_537)])
  func aFileArrivesWholeWhateverItsFrames(_ size: Int, _ frame: Int) async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      let bytes = (0..<size).map { UInt8($0 % 253) }
      try await local.send(
        method: "skills.call", Self.count(["name": "a", "$stream": 1, "size": .integer(Int64(size))]))
      try await local.send(file: bytes, frame: frame)
      let result = try await local.answer(to: 1)
      #expect(result["success"] == true)
      #expect(result["result"]?["bytes"] == .integer(Int64(size)))
      await local.close()
    }
  }

  @Test func filesOfSeveralRequestsMayBeMixed() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      for id in 1...3 {
        try await local.send(method: "skills.call", Self.count(["name": "a", "$stream": 1]), id: .integer(Int64(id)))
      }
      for part in 0..<4 {
        for id in 1...3 {
          let size = id * 10
          let head: JSONValue = [
            "jsonrpc": "2.0", "method": "$/data",
            "params": [
              "id": .integer(Int64(id)), "stream": 1, "size": .integer(Int64(size)), "last": .bool(part == 3),
            ],
          ]
          try await local.connection.send(head.bytes + [0x0A] + [UInt8](repeating: 0x0A, count: size))
        }
      }
      var sizes: [JSONValue: JSONValue] = [:]
      for _ in 1...3 {
        let answer = try await local.next()
        sizes[answer["id"] ?? .null] = answer["result"]?["result"]?["bytes"]
      }
      #expect(sizes == [1: 40, 2: 80, 3: 120])
      await local.close()
    }
  }

  @Test func inlineFilesNeedNoFrames() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      let text = try await local.call("skills.call", Self.count(["name": "a", "text": "äö ü\n"]))
      #expect(text["result"]?["bytes"] == 8)
      let binary = try await local.call("skills.call", Self.count(["name": "a", "base64": "AAEC"]))
      #expect(binary["result"]?["bytes"] == 3)
      await expectRefusal(.invalidArguments) {
        try await local.call("skills.call", Self.count(["name": "a", "base64": "A"]))
      }
      await expectRefusal(.invalidArguments) {
        try await local.call("skills.call", Self.count(["name": "../a", "text": ""]))
      }
      await expectRefusal(.invalidArguments) {
        try await local.call("skills.call", Self.count(["path": "/etc/passwd"]))
      }
      await expectRefusal(.invalidArguments) { try await local.call("skills.call", Self.count("/etc/passwd")) }
      await local.close()
    }
  }

  @Test func aSizeThatIsNotTheAnnouncedOneIsRefused() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "skills.call", Self.count(["name": "a", "$stream": 1, "size": 5]))
      try await local.send(file: [1, 2, 3])
      await expectRefusal(.invalidArguments) { try await local.answer(to: 1) }
      await local.close()
    }
  }

  @Test func bytesForNobodyAreDropped() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(file: [UInt8](repeating: 0x0A, count: 300_000), id: 77)
      #expect(try await local.call("daemon.info")["name"] == "node")
      // A request that was refused before it took its file leaves the connection in step.
      try await local.send(
        method: "skills.call", ["skill": "none", "tool": "x", "arguments": ["file": ["$stream": 1]]])
      try await local.send(file: [UInt8](repeating: 0x0A, count: 300_000))
      await expectRefusal(.skillNotFound) { try await local.answer(to: 1) }
      #expect(try await local.call("daemon.info", id: 2)["name"] == "node")
      await local.close()
    }
  }

  @Test(arguments: [
    #"{"stream":1,"size":-1}"#, #"{"stream":1,"size":1048577}"#, #"{"size":1}"#, #"{"stream":"1","size":1}"#, "[]",
  ])
  func aBadFrameEndsTheConnection(_ parameters: String) async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.connection.send(#"{"jsonrpc":"2.0","method":"$/data","params":\#(parameters)}"# + "\n")
      let answer = try await local.next()
      #expect(answer["error"]?["code"]?.integerValue.map { [-32600, -32602].contains($0) } == true, "\(answer.text)")
      #expect(try await local.connection.rest().isEmpty, "nobody knows what is data and what is not")
    }
  }
}
