import PeerModel
import Testing

@testable import PeerNode

@Suite(.enabled(if: isInstalled("pdftotext")))
struct PDFSkillTests {
  static let extractions: [(String, [String: JSONValue], String)] = [
    ("text.pdf", [:], ""), ("scan.pdf", [:], ""), ("mixed.pdf", [:], ""),
    ("text.pdf", ["layout": "true"], "-layout"), ("mixed.pdf", ["first_page": "2"], "-f 2"),
    ("mixed.pdf", ["first_page": 1, "last_page": 1], "-f 1 -l 1"),
  ]

  @Test(arguments: extractions)
  func textIsByteForByteThatOfPdftotext(
    _ row: (file: String, arguments: [String: JSONValue], options: String)
  ) async throws {
    let expected = try printed(by: "pdftotext \(row.options) '\(fixturePath(row.file))' -")
    try await SkillBench.run { bench in
      let output = try await bench.call(
        try shipped("pdf"), "extract_text", row.arguments, file: try bench.fixture(row.file))
      #expect(output.value.stringValue.map { Array($0.utf8) } == expected)
    }
  }

  @Test func infoIsAnObject() async throws {
    try await SkillBench.run { bench in
      let info = try await bench.call(try shipped("pdf"), "info", file: try bench.fixture("text.pdf")).value
      #expect(info["Pages"] == "1" && info["Encrypted"] == "no" && info["Keywords"] == "")
      #expect(info["Page size"] == "595.276 x 841.89 pts (A4)")
      #expect(info["CreationDate"] == "Sat Jan  1 00:00:00 2000 UTC")
    }
  }

  @Test func inlineBase64Works() async throws {
    let bytes = try readAll(fixturePath("text.pdf"))
    try await SkillBench.run { bench in
      let file: JSONValue = ["name": "text.pdf", "base64": .string(encoded(bytes))]
      let inline = try await bench.call(try shipped("pdf"), "extract_text", ["file": file]).value
      let streamed = try await bench.call(try shipped("pdf"), "extract_text", file: try bench.file(bytes)).value
      #expect(inline == streamed)
    }
  }

  @Test func brokenDocumentsFailWithASentence() async throws {
    let document = try readAll(fixturePath("text.pdf"))
    try await SkillBench.run { bench in
      for (bytes, part) in [
        (Array("junk".utf8), "Couldn't find trailer dictionary"), ([], "Document stream is empty"),
        (Array(document.prefix(700)), "Couldn't"),
      ] {
        for tool in ["extract_text", "info"] {
          let error = await nodeError { try await bench.call(try shipped("pdf"), tool, file: try bench.file(bytes)) }
          #expect(error?.code == .skillFailed)
          #expect(error?.message.contains(part) == true, "\(error?.message ?? "no error")")
        }
      }
    }
  }

  @Test func encryptedDocumentFailsWithASentence() async throws {
    try await SkillBench.run { bench in
      let file = try bench.fixture("encrypted.pdf")
      let error = await nodeError { try await bench.call(try shipped("pdf"), "extract_text", file: file) }
      #expect(error == NodeError(.skillFailed, "pdftotext: Command Line Error: Incorrect password"))
    }
  }

  static let refused: [([String: JSONValue], String)] = [
    (["first_page": 0], "/first_page: must be at least 1"), (["first_page": "-1"], "/first_page: must be at least 1"),
    (["first_page": 1.5], "/first_page: expected integer, got number"),
    (["last_page": "1; id"], "/last_page: expected integer, got string"),
    (["layout": "-rf"], "/layout: expected boolean, got string"),
    (["upw": "x"], "/upw: unknown argument"),
  ]

  @Test(arguments: refused)
  func wrongArgumentsStartNothing(_ row: (arguments: [String: JSONValue], message: String)) async throws {
    try await SkillBench.run { bench in
      let file = try bench.fixture("text.pdf")
      let error = await nodeError {
        try await bench.call(try shipped("pdf"), "extract_text", row.arguments, file: file)
      }
      #expect(error == NodeError(.invalidArguments, row.message))
    }
  }

  @Test func fileIsNeeded() async throws {
    try await SkillBench.run { bench in
      let error = await nodeError { try await bench.call(try shipped("pdf"), "extract_text") }
      #expect(error == NodeError(.invalidArguments, "/file: missing"))
      let path = await nodeError { try await bench.call(try shipped("pdf"), "extract_text", ["file": "/etc/passwd"]) }
      #expect(path?.code == .invalidArguments)
    }
  }
}
