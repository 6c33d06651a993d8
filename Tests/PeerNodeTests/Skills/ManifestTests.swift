import Glibc
import PeerModel
import Testing

@testable import PeerNode

@Suite struct ManifestTests {
  static let shippedNames = ["archive", "convert", "image", "ocr", "pdf"]

  @Test func everyShippedManifestIsGood() throws {
    var names: [String] = []
    for case .manifest(let file, let bytes) in SkillFolder(path: projectPath("Sources/skills.d")).entries() {
      do { names.append(try SkillManifest.read(bytes).name) } catch { Issue.record("\(error.error(file: file))") }
    }
    #expect(names.sorted() == Self.shippedNames)
  }

  @Test func aManifestIsWhatItSays() async throws {
    let skill = try SkillManifest.read(text: Self.whole, file: "m.yaml")
    let description = await skill.description()
    #expect(description.name == "words" && description.summary == "Work on words.")
    #expect(description.tools.map(\.name) == ["sort", "shape"])
    let sort = try #require(skill.tools.first)
    #expect(sort.description.isReadOnly)
    #expect(sort.description.arguments.required == ["file"])
    #expect(sort.description.arguments.json["properties"]?["file"]?["type"] == "object")
    #expect(sort.defaults == ["reverse": false, "mode": "plain"])
    #expect(sort.steps[0].program == Program(name: "sort", package: "coreutils") && sort.steps[0].input == "file")
    #expect(sort.limits.seconds == 90 && sort.limits.memoryBytes == 64 << 20 && sort.limits.outputBytes == 1 << 20)
    let words = try sort.steps[0].arguments.render(
      CommandValues(values: ["reverse": true, "mode": "numeric", "column": 2]))
    #expect(words == ["--reverse", "--numeric", "--key", "2", "a<b"])
    let shape = skill.tools[1]
    #expect(shape.steps.map(\.program.name) == ["split", "wc"] && shape.steps[1].forEach == "part-*")
    #expect(shape.steps[0].success == [0, 3])
    #expect(shape.output == CommandOutput(.files, path: "*.txt"))
    #expect(shape.inputs == ["files": .oneOf(["txt", "md"])])
    #expect(shape.environment == ["HOME": CommandWord(.folder, .literal("/home"))])
    #expect(shape.files == ["home/.rc": "x\n"])
    #expect(shape.limits.seconds == 5 && shape.limits.memoryBytes == 64 << 20 && shape.limits.files == 7)
  }

  static let whole = """
    name: words
    description: >
      Work on words.
    programs: {sort: coreutils, split: coreutils, wc: coreutils}
    limits: {seconds: 90, memory: 64M, output: 1M}
    tools:
      sort:
        description: Sort.
        read_only: true
        arguments:
          file: {format: file}
          reverse: {type: boolean, default: false}
          mode: {type: string, enum: [plain, numeric], default: plain}
          column: {type: integer, minimum: 1}
        required: [file]
        run:
          - sort
          - {when: reverse, add: --reverse}
          - {when: mode, is: numeric, add: [--numeric]}
          - [--key, <column>]
          - a<<b
        stdin: file
      shape:
        description: Shape.
        arguments:
          files: {type: array, items: {format: file}, maxItems: 3}
        inputs: {files: {extension: [txt, md]}}
        environment: {HOME: <folder>/home}
        files: {home/.rc: "x\\n"}
        steps:
          - {run: [split, <files>, part-], success: [0, 3]}
          - {run: [wc, <each>, out/x.txt], for_each: part-*}
        output: {form: files, path: "*.txt"}
        limits: {seconds: 5s, files: 7}
    """

  @Test func defaultsAreModest() throws {
    let skill = try SkillManifest.read(text: ManifestFaultTests.good, file: "m.yaml")
    #expect(skill.tools[0].limits == .ofManifests)
    #expect(skill.tools[0].output == .text && !skill.tools[0].description.isReadOnly)
  }

  @Test func anyBytesAreReadOrRefused() {
    let bytes = Array(Self.whole.utf8)
    var seed: UInt64 = 42
    func next(_ limit: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % limit
    }
    var good = 0
    for _ in 0..<600 {
      var damaged = bytes
      for _ in 0...next(3) {
        switch next(3) {
        case 0: damaged.remove(at: next(damaged.count))
        case 1: damaged[next(damaged.count)] = UInt8(next(256))
        default: damaged.insert(Array("<>{}[]:-,\"'&*!|\n #".utf8)[next(18)], at: next(damaged.count))
        }
      }
      do {
        _ = try SkillManifest.read(damaged)
        good += 1
      } catch {
        #expect(!error.all.isEmpty && error.all.allSatisfy { !$0.message.isEmpty })
      }
    }
    #expect(good > 0 && good < 600)
  }
}

/// The page for authors of manifests.
@Suite struct ManifestReferenceTests {
  @Test func theManifestPageIsUpToDate() throws {
    let path = projectPath("Sources/PeerNode/Documentation.docc/CommandSkills.md")
    if getenv("UPDATE_DOCS") != nil {
      let file = try #require(fopen(path, "w"))
      fputs(SkillManifest.referencePage, file)
      #expect(fclose(file) == 0)
    }
    #expect(
      String(decoding: try readAll(path), as: UTF8.self) == SkillManifest.referencePage,
      "CommandSkills.md is out of date; write it again with: UPDATE_DOCS=1 swift test --filter theManifestPageIsUpToDate"
    )
  }

  @Test func theExampleOfThePageIsAManifest() throws {
    let skill = try SkillManifest.read(text: SkillManifest.example, file: "page")
    #expect(skill.name == "scans")
    #expect(SkillManifest.referencePage.contains(SkillManifest.example))
  }

  @Test func everyKeyIsReadAndNamedOnce() {
    for section in ManifestKey.Section.allCases {
      let names = ManifestKey.keys(in: section).map(\.name)
      #expect(Set(names).count == names.count && !names.isEmpty)
    }
    // Every key of a tool stands in one of the manifests of the tests or the shipped ones.
    let texts = ManifestTests.whole + SkillManifest.example + ManifestFaultTests.good + Self.shippedTexts
    for key in ManifestKey.table {
      #expect(texts.contains("\(key.name):") || ManifestFaultTests.mistakes.contains { $0.1.contains("\(key.name):") })
    }
  }

  private static var shippedTexts: String {
    SkillFolder(path: projectPath("Sources/skills.d")).entries().map { entry in
      if case .manifest(_, let bytes) = entry { String(decoding: bytes, as: UTF8.self) } else { "" }
    }.joined()
  }
}
