import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// The skills that come with the program, each with the real programs on real files.
@Suite(.serialized) struct ShippedSkillTests {
  @Test(arguments: ManifestTests.shippedNames)
  func aToolWithoutItsProgramIsUnavailableAndTheOthersAreNot(_ name: String) async throws {
    let skill = try shipped(name)
    var tools = skill.tools
    #expect(tools.allSatisfy { $0.description.isReadOnly && !$0.description.summary.isEmpty })
    tools[0].steps[0].program = Program(name: "no-such-program", package: "no-such-package")
    let description = await CommandSkill(name: name, summary: "S.", tools: tools).description()
    #expect(
      description.tools[0].unavailable == "no-such-program is not installed; apt-get install no-such-package")
    #expect(
      description.tools.dropFirst().allSatisfy { tool in
        let programs = tools.first { $0.description.name == tool.name }?.programs ?? []
        return (tool.unavailable == nil) == programs.allSatisfy { $0.locate() != nil }
      })
    try await SkillBench.run { bench in
      let files = try bench.file("x".utf8, name: "a.docx")
      let first = tools[0].description
      let error = await nodeError {
        try await bench.call(
          CommandSkill(name: name, summary: "S.", tools: tools), first.name, files: [("file", files)])
      }
      #expect(error?.code == .skillUnavailable && error?.hint == "apt-get install no-such-package")
    }
  }

  // MARK: pdf

  @Test(.enabled(if: isInstalled("qpdf") && isInstalled("pdftotext")))
  func documentsAreJoinedAndSplit() async throws {
    let pdf = try shipped("pdf")
    try await SkillBench.run { bench in
      let files = try ["text.pdf", "mixed.pdf"].map { ("files[]", try bench.fixture($0)) }
      let joined = try await bench.call(pdf, "merge", files: files)
      #expect(joined.value["name"] == "merge.pdf" && joined.value["media_type"] == "application/pdf")
      let whole = try #require(joined.files.first)
      #expect(try await bench.call(pdf, "info", file: whole).value["Pages"] == "3")
      let text = try await bench.call(pdf, "extract_text", file: whole).value.stringValue ?? ""
      let first = try await bench.call(pdf, "extract_text", file: try bench.fixture("text.pdf")).value.stringValue
      #expect(text.hasPrefix(first ?? "?"))
      let parts = try await bench.call(pdf, "split", ["pages": 2], file: whole)
      #expect(parts.files.count == 2 && parts.value.arrayValue?.count == 2)
      #expect(try await bench.call(pdf, "info", file: parts.files[0]).value["Pages"] == "2")
      let junk = await nodeError {
        try await bench.call(pdf, "merge", files: [("files[]", try bench.file("junk".utf8, name: "j.pdf"))])
      }
      #expect(junk?.code == .skillFailed && junk?.message.hasPrefix("qpdf: ") == true)
    }
  }

  @Test(.enabled(if: isInstalled("pdftoppm")))
  func pagesAreDrawn() async throws {
    try await SkillBench.run { bench in
      let file = try bench.fixture("mixed.pdf")
      let pages = try await bench.call(try shipped("pdf"), "to_images", ["resolution": 20], file: file)
      #expect(pages.files.map(\.name) == ["page-1.png", "page-2.png"])
      #expect(try pages.files[0].read(at: 1, count: 3) == Array("PNG".utf8))
      let one = try await bench.call(
        try shipped("pdf"), "to_images", ["resolution": 20, "format": "jpeg", "first_page": 2], file: file)
      #expect(one.files.map(\.name) == ["page-2.jpg"] && one.files[0].mediaType == "image/jpeg")
    }
  }

  @Test(.enabled(if: isInstalled("pandoc") && isInstalled("groff") && isInstalled("pdftotext")))
  func markdownBecomesPDFAndReadsNoOtherFile() async throws {
    let secret = TemporaryFolder()
    try #require(fopen(secret.path + "/s", "w").map { fputs("TOPSECRET", $0) + fclose($0) } != nil)
    let hostile =
      "# Grüße\n\nA *word*.\n\n.so \(secret.path)/s\n\n```{=ms}\n.so \(secret.path)/s\n```\n\n![p](\(secret.path)/s)\n"
    try await SkillBench.run { bench in
      let file = try bench.file(hostile.utf8, name: "a.md")
      let made = try await bench.call(try shipped("pdf"), "from_markdown", file: file)
      #expect(made.value["name"] == "a.pdf")
      let text = try await bench.call(try shipped("pdf"), "extract_text", file: made.files[0]).value.stringValue ?? ""
      #expect(text.contains("Grüße") && text.contains("A word.") && !text.contains("TOPSECRET"))
    }
  }

  // MARK: ocr

  @Test(.enabled(if: isInstalled("tesseract") && isInstalled("pdftoppm")))
  func scansAreRead() async throws {
    let ocr = try shipped("ocr")
    try await SkillBench.run { bench in
      let scan = try bench.fixture("scan.pdf")
      let text = try await bench.call(ocr, "pdf", file: scan).value.stringValue ?? ""
      #expect(text.contains("Invoice 66") && text.contains("DOC-0066-443278"))
      let image = try await bench.call(try shipped("pdf"), "to_images", ["resolution": 200], file: scan).files[0]
      let read = try await bench.call(ocr, "image", ["language": "eng"], file: image).value.stringValue ?? ""
      #expect(read.contains("DOC-0066-443278"))
      let unknown = await nodeError { try await bench.call(ocr, "image", ["language": "xyz"], file: image) }
      #expect(unknown?.code == .skillFailed && unknown?.message.hasPrefix("tesseract: ") == true)
      #expect(unknown?.hint == "each language needs its package: apt-cache search tesseract-ocr-")
      let option = await nodeError { try await bench.call(ocr, "image", ["language": "--tessdata-dir"], file: image) }
      #expect(option == NodeError(.invalidArguments, "/language: must not begin with a hyphen"))
      let junk = await nodeError { try await bench.call(ocr, "image", file: try bench.file("junk".utf8)) }
      #expect(junk?.code == .skillFailed)
    }
  }

  // MARK: image

  @Test(.enabled(if: isInstalled("vipsheader") && isInstalled("pdftoppm")))
  func imagesAreMeasuredResizedAndConverted() async throws {
    let image = try shipped("image")
    try await SkillBench.run { bench in
      let page = try await bench.call(
        try shipped("pdf"), "to_images", ["resolution": 72], file: try bench.fixture("text.pdf")
      ).files[0]
      let facts = try await bench.call(image, "info", file: page).value
      #expect(facts["width"] == "596" && facts["height"] == "842" && facts["vips-loader"] == "pngload")
      let small = try await bench.call(image, "resize", ["width": 100, "height": 50, "format": "jpg"], file: page)
      #expect(small.value["name"] == "page-1.jpg" && small.value["media_type"] == "image/jpeg")
      let size = try await bench.call(image, "info", file: small.files[0]).value
      #expect(size["height"] == "50" && size["vips-loader"] == "jpegload")
      let webp = try await bench.call(image, "convert", ["format": "webp"], file: page)
      #expect(try webp.files[0].read(at: 8, count: 4) == Array("WEBP".utf8))
      // Formats that can do more than hold an image are not read.
      let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>"
      for file in [try bench.file(svg.utf8, name: "a.svg"), try bench.fixture("text.pdf")] {
        #expect(await nodeError { try await bench.call(image, "info", file: file) }?.code == .skillFailed)
      }
    }
  }

  // MARK: convert

  @Test(.enabled(if: isInstalled("pandoc")))
  func textsAreConverted() async throws {
    let convert = try shipped("convert")
    try await SkillBench.run { bench in
      let file = try bench.file(
        "# Title\n\nSome *text* ![p](/etc/hostname)\n\n```{=openxml}\nRAW\n```\n".utf8, name: "a.md")
      let html = try await bench.call(convert, "to_text", ["from": "markdown", "to": "html"], file: file).value
      #expect(html.stringValue?.contains("<em>text</em>") == true)
      for (tool, from) in [("to_docx", "docx"), ("to_odt", "odt")] {
        let made = try await bench.call(convert, tool, file: file)
        #expect(made.value["name"] == .string("a.\(from)"))
        let back = try await bench.call(
          convert, "to_text", ["from": .string(from), "to": "markdown"], file: made.files[0])
        #expect(back.value.stringValue?.contains("*text*") == true, "\(from)")
        let names = try await bench.call(try shipped("archive"), "list", file: made.files[0]).value.arrayValue ?? []
        #expect(
          !names.contains { $0.stringValue?.contains("media") == true || $0.stringValue?.contains("Pictures/") == true }
        )
      }
      let include = try bench.file(
        ".. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n".utf8, name: "a.rst")
      let refused = try? await bench.call(convert, "to_text", ["from": "rst", "to": "html"], file: include).value
      #expect(refused?.stringValue?.contains("root:") != true)
    }
  }

  @Test(.enabled(if: isInstalled("pandoc")))
  func everyKindOfTextBecomesEveryOther() async throws {
    let convert = try shipped("convert")
    try await SkillBench.run { bench in
      let markdown = try bench.file("# Title\n\nSome *text*\n".utf8, name: "a.md")
      let html = try bench.file("<h1>Title</h1><p>Some <em>text</em></p>".utf8, name: "a.html")
      let docx = try await bench.call(convert, "to_docx", ["from": "html"], file: html).files[0]
      for (from, file) in [("markdown", markdown), ("html", html), ("docx", docx)] {
        for (to, part) in [
          ("html", "<em>text</em>"), ("markdown", "*text*"), ("gfm", "# Title"), ("plain", "Title"),
        ] {
          let made = try await bench.call(
            convert, "to_text", ["from": .string(from), "to": .string(to)], file: file
          ).value.stringValue
          #expect(made?.contains(part) == true, "\(from) to \(to)")
        }
        let office = try await bench.call(convert, "to_docx", ["from": .string(from)], file: file)
        #expect(office.value["name"] == "a.docx", "\(from)")
      }
    }
  }

  @Test(.enabled(if: isInstalled("soffice") && isInstalled("pandoc") && isInstalled("pdftotext")))
  func officeDocumentsBecomePDF() async throws {
    let convert = try shipped("convert")
    try await SkillBench.run { bench in
      let document = try await bench.call(
        convert, "to_docx", file: try bench.file("# Title\n\nSome words\n".utf8, name: "a.md")
      ).files[0]
      let made = try await bench.call(convert, "office_to_pdf", files: [("file", document)])
      #expect(made.value["name"] == "a.pdf")
      let text = try await bench.call(try shipped("pdf"), "extract_text", file: made.files[0]).value.stringValue ?? ""
      #expect(text.contains("Some words"))
      let name = await nodeError {
        try await bench.call(convert, "office_to_pdf", files: [("file", try bench.file("x".utf8, name: "a.exe"))])
      }
      #expect(name?.code == .invalidArguments)
    }
  }

  // MARK: archive

  @Test(.enabled(if: isInstalled("bsdtar")))
  func archivesAreMadeListedAndUnpacked() async throws {
    let archive = try shipped("archive")
    try await SkillBench.run { bench in
      let files = try [("a.txt", "one"), ("-rf ü.txt", "two"), ("a.txt", "three")].map {
        ("files[]", try bench.file($0.1.utf8, name: $0.0))
      }
      for (tool, name) in [("create", "create.zip"), ("create_tar", "create_tar.gz")] {
        let made = try await bench.call(archive, tool, files: files)
        #expect(made.value["name"] == .string(name))
        let names = try await bench.call(archive, "list", file: made.files[0]).value.arrayValue?.compactMap(
          \.stringValue)
        #expect(names?.filter { $0 != "./" }.sorted() == ["./-rf ü.txt", "./a-2.txt", "./a.txt"])
        let unpacked = try await bench.call(archive, "extract", file: made.files[0])
        #expect(unpacked.files.map(\.name) == ["-rf ü.txt", "a-2.txt", "a.txt"])
        #expect(
          try unpacked.files.map { try $0.contents(limit: 9) } == [
            Array("two".utf8), Array("three".utf8), Array("one".utf8),
          ])
        let some = try await bench.call(archive, "extract", ["include": "*-2.txt"], file: made.files[0])
        #expect(some.files.map(\.name) == ["a-2.txt"])
      }
    }
  }

  /// Archives that try to leave their folder, made by Python, which writes whatever it is told.
  static let escapes: [(String, String)] = [
    ("a path above", "t.addfile(entry('../../escaped'), io.BytesIO(b'x'))"),
    (
      "a link and a file behind it",
      "t.addfile(entry('l', type=tarfile.SYMTYPE, linkname='FOLDER', size=0)); t.addfile(entry('l/escaped'), io.BytesIO(b'x'))"
    ),
    ("a hard link to a secret", "t.addfile(entry('h', type=tarfile.LNKTYPE, linkname='FOLDER/secret', size=0))"),
    ("a hard link above", "t.addfile(entry('h', type=tarfile.LNKTYPE, linkname='../../../secret', size=0))"),
    ("a link to a secret", "t.addfile(entry('h', type=tarfile.SYMTYPE, linkname='FOLDER/secret', size=0))"),
    ("an absolute path", "t.addfile(entry('FOLDER/escaped'), io.BytesIO(b'x'))"),
    ("a device", "t.addfile(entry('d', type=tarfile.CHRTYPE, size=0))"),
  ]

  @Test(.enabled(if: isInstalled("bsdtar") && isInstalled("python3")), arguments: escapes)
  func nothingLeavesTheFolder(_ row: (what: String, python: String)) async throws {
    let folder = TemporaryFolder()
    let script = """
      import tarfile, io
      def entry(name, **more):
          e = tarfile.TarInfo(name); e.size = 1
          for k, v in more.items(): setattr(e, k, v)
          return e
      open('\(folder.path)/secret', 'w').write('TOPSECRET')
      t = tarfile.open('\(folder.path)/t.tar', 'w')
      \(row.python.replacing("FOLDER", with: folder.path))
      t.addfile(entry('ok'), io.BytesIO(b'x')); t.close()
      """
    _ = try printed(by: "python3 -c \"\(script)\"")
    try await SkillBench.run { bench in
      let file = try bench.file(try readAll(folder.path + "/t.tar"), name: "t.tar")
      let output = try? await bench.call(try shipped("archive"), "extract", file: file)
      for file in output?.files ?? [] {
        #expect(String(decoding: try file.contents(limit: 100), as: UTF8.self) == "x", "\(row.what)")
      }
      #expect(access(folder.path + "/escaped", F_OK) != 0)
      #expect(access(bench.workspace.directory + "/escaped", F_OK) != 0)
      #expect(String(decoding: try readAll(folder.path + "/secret"), as: UTF8.self) == "TOPSECRET")
    }
  }

  @Test(.enabled(if: isInstalled("bsdtar") && isInstalled("python3")))
  func bombsAreDefused() async throws {
    let folder = TemporaryFolder()
    // 48 MB of zeros in 48 kB; a thousand and one files; two hundred folders deep.
    let script = """
      import zipfile
      z = zipfile.ZipFile('\(folder.path)/big.zip', 'w', zipfile.ZIP_DEFLATED)
      for n in range(3): z.writestr('f%d' % n, bytes(16 << 20))
      z.close()
      z = zipfile.ZipFile('\(folder.path)/many.zip', 'w')
      for n in range(1001): z.writestr('f%d' % n, 'x')
      z.close()
      z = zipfile.ZipFile('\(folder.path)/deep.zip', 'w')
      z.writestr('d/' * 200 + 'f', 'x')
      z.close()
      """
    _ = try printed(by: "python3 -c \"\(script)\"")
    let whole = try shipped("archive")
    // The shipped limit is a gigabyte: the same with less, since the machine has other tests to run.
    let tools = whole.tools.map { tool in
      var tool = tool
      tool.limits.diskBytes = 24 << 20
      return tool
    }
    let archive = CommandSkill(name: whole.name, summary: "S.", tools: tools)
    try await SkillBench.run { bench in
      for name in ["big", "many", "deep"] {
        let file = try bench.file(try readAll("\(folder.path)/\(name).zip"), name: "a.zip")
        let error = await nodeError { try await bench.call(archive, "extract", file: file) }
        #expect(error?.code == .tooLarge, "\(name): \(String(describing: error))")
        #expect(try await bench.call(archive, "list", file: file).value.arrayValue?.isEmpty == false)
      }
    }
  }
}
