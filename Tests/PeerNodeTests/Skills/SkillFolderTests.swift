import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Where manifests come from, and which are not believed.
@Suite struct SkillFolderTests {
  private static func manifest(_ name: String, _ description: String = "Echo.") -> String {
    """
    name: \(name)
    description: \(description)
    programs: {printf: coreutils}
    tools:
      say: {description: Say., run: [printf, \(description)]}
    """
  }

  private func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
    chmod(path, mode)
  }

  private func folder(_ path: String, mode: mode_t = 0o755) -> SkillFolder {
    mkdir(path, 0o755)
    chmod(path, mode)
    return SkillFolder(path: path)
  }

  private func loader(
    _ folders: [SkillFolder], dirs: [String] = [], in bench: SkillBench
  ) -> (ManifestLoader, SkillLibrary) {
    var configuration = Configuration(name: "n")
    configuration.skills.dirs = dirs
    let skills = BuiltInSkills.all(settings: Settings(Configuration()))
    let library = SkillLibrary(skills: skills, workspace: bench.workspace)
    let loader = ManifestLoader(
      folders: SkillFolders(fixed: folders), settings: Settings(configuration), library: library)
    loader.load()
    return (loader, library)
  }

  @Test func aLaterFolderOverridesAnEarlierOne() async throws {
    let temporary = TemporaryFolder()
    let paths = ["a", "b", "c"].map { temporary.path + "/" + $0 }
    let folders = paths.map { folder($0) }
    for (path, word) in zip(paths, ["one", "two", "three"]) {
      try write(Self.manifest("x", word), to: path + "/x.yaml")
    }
    try write(Self.manifest("y", "first"), to: paths[0] + "/y.yml")
    try write("junk: [", to: paths[0] + "/notes.txt")
    try write("junk: [", to: paths[0] + "/.hidden.yaml")
    try await SkillBench.run { bench in
      let (_, library) = loader(
        [folders[0], folders[1], SkillFolder(path: "/no/such/folder")], dirs: [paths[2]], in: bench)
      let skills = await library.descriptions()
      #expect(skills.map(\.name) == ["fs", "sql", "system", "text", "x", "y"])
      #expect(skills.first { $0.name == "x" }?.summary == "three")
      let said = try await library.call(skill: "x", tool: "say", arguments: [:], timeout: .seconds(60)).value
      #expect(said == "three" && library.warnings == [])
    }
  }

  @Test func aBrokenManifestDoesNotStopTheOthers() async throws {
    let temporary = TemporaryFolder()
    let place = folder(temporary.path + "/a")
    try write(Self.manifest("good"), to: place.path + "/b.yaml")
    try write(Self.manifest("bad").replacing("run:", with: "ran:"), to: place.path + "/a.yaml")
    try write("", to: place.path + "/c.yaml")
    try await SkillBench.run { bench in
      let (loader, library) = loader([place], in: bench)
      #expect(await library.descriptions().map(\.name) == ["fs", "good", "sql", "system", "text"])
      #expect(
        library.warnings == [
          "\(place.path)/a.yaml:5: tools.say.ran: unknown key, did you mean run?",
          "\(place.path)/c.yaml:1: the manifest is empty",
        ])
      // Mended, and read again.
      try write(Self.manifest("bad"), to: place.path + "/a.yaml")
      unlink(place.path + "/c.yaml")
      unlink(place.path + "/b.yaml")
      loader.load()
      #expect(await library.descriptions().map(\.name) == ["bad", "fs", "sql", "system", "text"])
      #expect(library.warnings == [])
    }
  }

  @Test func filesThatOthersMayWriteAreRefused() async throws {
    let temporary = TemporaryFolder()
    let place = folder(temporary.path + "/a")
    let open = folder(temporary.path + "/open", mode: 0o777)
    for (name, mode) in [("fine", 0o644), ("group", 0o664), ("world", 0o646)] as [(String, mode_t)] {
      try write(Self.manifest(name), to: "\(place.path)/\(name).yaml", mode: mode)
    }
    try write(Self.manifest("open"), to: open.path + "/open.yaml")
    try write(Self.manifest("foreign"), to: place.path + "/foreign.yaml")
    // Only root can give a file away.
    let isForeign = chown(place.path + "/foreign.yaml", 12_345, 12_345) == 0
    mkfifo(place.path + "/pipe.yaml", 0o644)
    symlink("/no/such/file", place.path + "/dangling.yaml")
    try await SkillBench.run { bench in
      let (_, library) = loader([place, open], in: bench)
      #expect(
        await library.descriptions().map(\.name) == ["fine"] + (isForeign ? [] : ["foreign"]) + [
          "fs", "sql", "system", "text",
        ])
      let expected = [
        "\(place.path)/dangling.yaml: cannot be read: No such file or directory",
        isForeign
          ? "\(place.path)/foreign.yaml: belongs to user 12345, who could change it; only root and rd's own user may"
          : nil,
        "\(place.path)/group.yaml: can be written by others than its owner: chmod go-w \(place.path)/group.yaml",
        "\(place.path)/pipe.yaml: is no file",
        "\(place.path)/world.yaml: can be written by others than its owner: chmod go-w \(place.path)/world.yaml",
        "\(open.path): can be written by others than its owner: chmod go-w \(open.path)",
      ]
      #expect(library.warnings == expected.compactMap { $0.map { "\($0)" } })
    }
  }

  @Test func numberAndSizeAreLimited() async throws {
    let temporary = TemporaryFolder()
    let place = folder(temporary.path + "/a")
    for number in 0..<(SkillFolder.maximumFiles + 1) {
      try write(Self.manifest("s\(number)"), to: "\(place.path)/\(number).yaml")
    }
    #expect(place.entries().count == SkillFolder.maximumFiles + 1)
    guard case .refused(_, let reason)? = place.entries().last else { Issue.record("all are read"); return }
    #expect(reason == "has 257 manifests, of which 256 are read")
    let large = folder(temporary.path + "/b")
    try write(
      Self.manifest("l") + "\n" + String(repeating: "#", count: SkillManifest.maximumSize), to: large.path + "/l.yaml")
    try await SkillBench.run { bench in
      let (_, library) = loader([large], in: bench)
      #expect(
        library.warnings == ["\(large.path)/l.yaml: larger than 256 KiB, which no manifest is"])
    }
  }

  @Test func theShippedFolderIsFoundFromTheProgram() throws {
    let temporary = TemporaryFolder()
    let top = temporary.path
    for path in ["usr", "usr/bin", "usr/share", "usr/share/r-cli", "usr/share/r-cli/skills.d"] {
      mkdir(top + "/" + path, 0o755)
    }
    #expect(SkillFolders.shipped(executable: top + "/usr/bin/rd")?.path == top + "/usr/share/r-cli/skills.d")
    #expect(SkillFolders.shipped(executable: top + "/bin/rd") == nil)
    for path in ["src", "src/Sources", "src/Sources/skills.d", "src/.build", "src/.build/debug"] {
      mkdir(top + "/" + path, 0o755)
    }
    try write("", to: top + "/src/.build/debug/rd")
    let built = try #require(SkillFolders.shipped(executable: top + "/src/.build/debug/rd"))
    #expect(built.path == top + "/src/Sources/skills.d" && built.owners == [geteuid()])
    #expect(built.groups == [])
    chmod(top + "/src/.build/debug/rd", 0o775)
    #expect(SkillFolders.shipped(executable: top + "/src/.build/debug/rd")?.groups == [getegid()])
    let standard = SkillFolders.standard(executable: top + "/usr/bin/rd", userFolder: "/home/p/.r-cli")
    #expect(
      standard.fixed.map(\.path) == [
        top + "/usr/share/r-cli/skills.d", "/etc/r-cli/skills.d", "/home/p/.r-cli/skills.d",
      ])
    #expect(SkillFolders.standard(executable: "/x/rd", userFolder: nil).fixed.map(\.path) == ["/etc/r-cli/skills.d"])
  }

  @Test func aNodeShowsWhatItFoundAndChecksManifests() async throws {
    let temporary = TemporaryFolder()
    let place = folder(temporary.path + "/skills.d")
    try write(Self.manifest("echo", "hello"), to: place.path + "/echo.yaml")
    try write("nonsense", to: place.path + "/broken.yaml")
    try await TestNode.run(in: temporary) { node in
      let list = try await node.call("skills.list")
      #expect(list["skills"]?.arrayValue?.contains { $0["name"] == "echo" } == true)
      let warning =
        "\(place.path)/broken.yaml:1: expected keys with their values, such as name: pdf, got the text \"nonsense\""
      #expect(list["warnings"] == [.string(warning)])
      let status = try await node.call("p2p.p2p_status")["warnings"]?.arrayValue
      #expect(
        status == ["some manifests of skills are not used, or not all of them; r skills shows why"], "without a path")
      let said = try await node.call("skills.call", ["skill": "echo", "tool": "say", "arguments": [:]])
      #expect(said["result"] == "hello" && said["success"] == true)

      let good: JSONValue = ["file": ["name": "m", "text": .string(Self.manifest("new"))]]
      let checked = try await node.call("skills.check", good)
      #expect(checked["skill"]?["name"] == "new" && checked["faults"] == [])
      let bad: JSONValue = ["file": ["name": "m", "text": "name: new\ntols: {}\n"]]
      let faults = try await node.call("skills.check", bad)["faults"]?.arrayValue
      #expect(faults?.contains { $0["line"] == 2 && $0["message"] == "tols: unknown key, did you mean tools?" } == true)
      // Nothing was taken into use.
      #expect(try await node.call("skills.list")["skills"]?.arrayValue?.contains { $0["name"] == "new" } == false)
    }
  }
}
