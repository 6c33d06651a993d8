import Glibc
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// A folder with things in it, and the skill with that folder as its roots.
private struct Tree {
  let folder = TemporaryFolder()
  let bench: SkillBench
  var top: String { folder.path + "/top" }

  static func run(_ body: (Tree) async throws -> Void) async throws {
    try await SkillBench.run { bench in
      let tree = Tree(bench: bench)
      mkdir(tree.top, 0o700)
      mkdir(tree.top + "/a", 0o700)
      mkdir(tree.top + "/a/b", 0o700)
      try TextFile.write("one\ntwo\nthree", to: tree.top + "/a/text.txt")
      try TextFile.write("deep", to: tree.top + "/a/b/deep.md")
      try TextFile.write("SECRET", to: tree.folder.path + "/secret")
      try await body(tree)
    }
  }

  func skill(keptApart: [String] = []) -> FilesSkill {
    var configuration = Configuration(name: "node")
    configuration.fs.roots = [
      "read": Configuration.Root(path: top), "write": Configuration.Root(path: top, write: true),
    ]
    return FilesSkill(settings: Settings(configuration), keptApart: keptApart)
  }

  func call(
    _ tool: String, _ arguments: [String: JSONValue], root: String = "read", keptApart: [String] = [],
    file: SpooledFile? = nil
  ) async throws -> SkillOutput {
    try await bench.call(
      skill(keptApart: keptApart), tool, arguments.merging(["root": .string(root)]) { $1 }, file: file)
  }

  func error(
    _ tool: String, _ arguments: [String: JSONValue], root: String = "write", keptApart: [String] = [],
    file: SpooledFile? = nil
  ) async -> NodeError? {
    await nodeError { try await call(tool, arguments, root: root, keptApart: keptApart, file: file) }
  }

  /// The names in a listing.
  func names(_ tool: String, _ arguments: [String: JSONValue] = [:], keptApart: [String] = []) async throws -> [String]
  {
    let label = tool == "list" ? "name" : "path"
    let entries = try await call(tool, arguments, keptApart: keptApart).value["entries"]?.arrayValue
    return entries?.compactMap { $0[label]?.stringValue } ?? []
  }

  /// The text of a file in the folder; nil when it is not there.
  func text(_ path: String) -> String? { (try? readAll(path)).map { String(decoding: $0, as: UTF8.self) } }
  func exists(_ path: String) -> Bool {
    var facts = stat()
    return lstat(path, &facts) == 0
  }
}

@Suite struct FilesSkillTests {
  @Test func withoutARootThereIsNothing() async throws {
    let skill = FilesSkill(settings: Settings(Configuration(name: "node")), keptApart: [])
    #expect(await skill.description().unavailable?.contains("fs.roots") == true)
    try await SkillBench.run { bench in
      let error = await nodeError { try await bench.call(skill, "list") }
      #expect(error?.code == .skillUnavailable && error?.hint?.contains("fs: {roots:") == true)
    }
  }

  @Test func foldersAreListedAndFilesRead() async throws {
    try await Tree.run { tree in
      #expect(try await tree.names("list") == ["a"])
      #expect(try await tree.names("list", ["path": "a/"]) == ["b", "text.txt"])
      let roots = try await tree.bench.call(tree.skill(), "roots").value
      #expect(roots == [["root": "read", "write": false], ["root": "write", "write": true]])
      let info = try await tree.call("info", ["path": "./a/text.txt"]).value
      #expect(info["size"] == 13 && info["type"] == "file" && info["path"] == "a/text.txt")
      let whole = try await tree.call("read", ["path": "a/text.txt"])
      #expect(try whole.files[0].contents(limit: 100) == Array("one\ntwo\nthree".utf8))
      #expect(whole.value["name"] == "text.txt")
      let line = try await tree.call("read", ["path": "a/text.txt", "first_line": 2, "lines": 1]).value
      #expect(line == ["text": "two\n", "first_line": 2, "lines": 1, "size": 13])
      let end = try await tree.call("read", ["path": "a/text.txt", "first_line": 3]).value
      #expect(end["text"] == "three" && end["lines"] == 1)
      let unknown = await tree.error("list", [:], root: "nothing")
      #expect(unknown?.code == .invalidArguments && unknown?.hint == "the roots are: read, write")
      #expect(await tree.error("read", ["path": "a/nothing"])?.message == "there is no a/nothing")
      #expect(await tree.error("read", ["path": "a"])?.message == "a is a folder, not a plain file")
    }
  }

  @Test func filesAreFoundByNameSizeAndTime() async throws {
    try await Tree.run { tree in
      var times = [timespec(tv_sec: 1_000_000_000, tv_nsec: 0), timespec(tv_sec: 1_000_000_000, tv_nsec: 0)]
      utimensat(AT_FDCWD, tree.top + "/a/text.txt", &times, 0)
      #expect(try await tree.names("find", ["pattern": "*.*"]) == ["a/b/deep.md", "a/text.txt"])
      #expect(try await tree.names("find", ["pattern": "*.md", "path": "a"]) == ["a/b/deep.md"])
      #expect(try await tree.names("find", ["pattern": "b/*", "path": "a"]) == ["a/b/deep.md"])
      #expect(try await tree.names("find", ["type": "folder"]) == ["a", "a/b"])
      #expect(try await tree.names("find", ["minimum_size": 5]) == ["a/text.txt"])
      #expect(try await tree.names("find", ["maximum_size": 5]) == ["a/b/deep.md"])
      #expect(try await tree.names("find", ["modified_before": "2001-09-09T01:46:41Z"]) == ["a/text.txt"])
      #expect(try await tree.names("find", ["modified_before": "2001-09-09T01:46:40Z"]) == [])
      #expect(try await tree.names("find", ["type": "file", "modified_after": "2001-09-10"]) == ["a/b/deep.md"])
      let few = try await tree.call("find", ["limit": 1]).value
      #expect(few["entries"]?.arrayValue?.count == 1 && few["truncated"] == true)
      for time in ["2001-02-30", "yesterday", "2001-09-09T01:46:40+02:00", ""] {
        #expect(await tree.error("find", ["modified_after": .string(time)])?.code == .invalidArguments, "\(time)")
      }
    }
  }

  @Test func changesNeedTheConfigurationsConsent() async throws {
    try await Tree.run { tree in
      let file = try tree.bench.file("new".utf8, name: "n")
      let refused = await tree.error("write", ["path": "a/new"], root: "read", file: file)
      #expect(refused?.code == .notAllowed && refused?.message.contains("fs.roots.read.write is false") == true)
      for (tool, more) in [("make_folder", [:]), ("remove", [:]), ("move", ["to": "x"])]
        as [(String, [String: JSONValue])]
      {
        #expect(await tree.error(tool, more.merging(["path": "a"]) { $1 }, root: "read")?.code == .notAllowed)
      }
      func change(_ tool: String, _ arguments: [String: JSONValue], _ file: SpooledFile? = nil) async throws {
        _ = try await tree.call(tool, arguments, root: "write", file: file)
      }
      try await change("write", ["path": "a/new"], file)
      #expect(tree.text(tree.top + "/a/new") == "new")
      #expect(await tree.error("write", ["path": "a/new"], file: file)?.message == "a/new is there already")
      try await change("write", ["path": "a/new", "overwrite": true], try tree.bench.file("newer".utf8))
      #expect(tree.text(tree.top + "/a/new") == "newer")
      #expect(
        await tree.error("write", ["path": "a/b", "overwrite": true], file: file)?.message == "a/b is there already")
      try await change("make_folder", ["path": "x/y/z"])
      #expect(await tree.error("make_folder", ["path": "x/y/z"])?.message == "x/y/z is there already")
      try await change("move", ["path": "a/new", "to": "x/y/z/moved"])
      #expect(tree.text(tree.top + "/x/y/z/moved") == "newer" && !tree.exists(tree.top + "/a/new"))
      #expect(
        await tree.error("move", ["path": "x/y/z/moved", "to": "a/text.txt"])?.message == "a/text.txt is there already")
      try await change("move", ["path": "x/y", "to": "a/b/y"])
      #expect(await tree.error("move", ["path": "a", "to": "a/b/inside"])?.code == .skillFailed)
      #expect(await tree.error("remove", ["path": "a/b"])?.message == "a/b is a folder that is not empty")
      #expect(try await tree.call("remove", ["path": "a/b", "recursive": true], root: "write").value["removed"] == 5)
      #expect(try await tree.names("list", ["path": "a"]) == ["text.txt"])
      for tool in ["remove", "make_folder"] {
        #expect(await tree.error(tool, ["path": "."])?.message == "/path: must not be the root itself")
      }
    }
  }

  /// Paths that lead elsewhere, of which `link` is a link to the folder above, `file` one to the secret.
  static let escapes = [
    "..", "../secret", "a/../../secret", "/etc/passwd", "//etc/passwd", "link", "link/secret", "file",
    "a/../a/text.txt",
    "link/../secret", "a/text.txt/../../secret", "./../secret", "up/secret", "proc/self/environ", "a\0/../secret",
  ]

  @Test(arguments: escapes)
  func nothingOutsideOfARootIsReached(_ path: String) async throws {
    try await Tree.run { tree in
      symlink(tree.folder.path, tree.top + "/link")
      symlink("..", tree.top + "/up")
      symlink("../secret", tree.top + "/file")
      symlink("/proc", tree.top + "/proc")
      let file = try tree.bench.file("x".utf8)
      let argument = JSONValue.string(path)
      #expect(await tree.error("read", ["path": argument]) != nil)
      #expect(await tree.error("list", ["path": argument]) != nil)
      #expect(await tree.error("find", ["path": argument]) != nil)
      #expect(await tree.error("write", ["path": argument], file: file) != nil)
      if !["link", "file"].contains(path) {
        #expect(await tree.error("write", ["path": argument, "overwrite": true], file: file) != nil)
        #expect(await tree.error("remove", ["path": argument, "recursive": true]) != nil)
        #expect(await tree.error("move", ["path": argument, "to": "taken"]) != nil)
      }
      #expect(await tree.error("move", ["path": "a/text.txt", "to": argument]) != nil)
      #expect(tree.text(tree.folder.path + "/secret") == "SECRET")
      #expect(tree.text("/etc/passwd") != nil && tree.exists(tree.top + "/a/text.txt"))
    }
  }

  @Test func aLinkIsRemovedAndMovedAsALink() async throws {
    try await Tree.run { tree in
      symlink(tree.folder.path, tree.top + "/a/link")
      #expect(try await tree.call("info", ["path": "a/link"]).value["type"] == "link")
      _ = try await tree.call("move", ["path": "a/link", "to": "a/moved"], root: "write")
      _ = try await tree.call("remove", ["path": "a", "recursive": true], root: "write")
      #expect(!tree.exists(tree.top + "/a") && tree.text(tree.folder.path + "/secret") == "SECRET")
    }
  }

  @Test func pipesDevicesAndSocketsAreNotOpened() async throws {
    try await Tree.run { tree in
      mkfifo(tree.top + "/pipe", 0o600)
      let isRoot = geteuid() == 0 && mknod(tree.top + "/null", S_IFCHR | 0o666, dev_t(1 << 8 | 3)) == 0
      for name in isRoot ? ["pipe", "null"] : ["pipe"] {
        #expect(
          await tree.error("read", ["path": .string(name)])?.message
            == "\(name) is a pipe, device or socket, not a plain file")
        let info = try await tree.call("info", ["path": .string(name)]).value
        #expect(info["type"] == "other")
      }
    }
  }

  @Test func whatTheDaemonKeepsIsNotThere() async throws {
    try await Tree.run { tree in
      mkdir(tree.top + "/state", 0o700)
      try TextFile.write("KEY", to: tree.top + "/state/identity.key")
      try TextFile.write("p2p: {}", to: tree.top + "/a/config.yaml")
      link(tree.top + "/a/config.yaml", tree.top + "/a/other name")
      symlink(tree.top + "/state", tree.folder.path + "/by-link")
      let kept = [tree.folder.path + "/by-link", tree.top + "/a/config.yaml", tree.top + "/a/b/later.yaml"]
      #expect(try await tree.names("list", keptApart: kept) == ["a"])
      #expect(try await tree.names("list", ["path": "a"], keptApart: kept) == ["b", "text.txt"])
      #expect(try await tree.names("find", ["pattern": "*[ye]*"], keptApart: kept) == ["a/b/deep.md", "a/text.txt"])
      let file = try tree.bench.file("x".utf8)
      for path in ["state/identity.key", "state", "a/config.yaml", "a/other name", "a/b/later.yaml"] {
        let argument = JSONValue.string(path)
        for (tool, more) in [
          ("read", [:]), ("list", [:]), ("info", [:]), ("remove", ["recursive": true]), ("move", ["to": "taken"]),
        ] as [(String, [String: JSONValue])] {
          let error = await tree.error(tool, more.merging(["path": argument]) { $1 }, keptApart: kept)
          #expect(error != nil, "\(tool) \(path)")
        }
        #expect(await tree.error("write", ["path": argument, "overwrite": true], keptApart: kept, file: file) != nil)
        #expect(
          await tree.error("move", ["path": "a/text.txt", "to": argument, "overwrite": true], keptApart: kept) != nil)
      }
      // Nor can what they are in be taken away from under them.
      #expect(await tree.error("move", ["path": "a", "to": "elsewhere"], keptApart: kept) != nil)
      #expect(await tree.error("remove", ["path": "a", "recursive": true], keptApart: kept) != nil)
      #expect(
        tree.text(tree.top + "/state/identity.key") == "KEY" && tree.text(tree.top + "/a/config.yaml") == "p2p: {}")
      // A root that is, or lies in, what is kept apart is none.
      for place in [tree.top, tree.folder.path] {
        #expect(await tree.error("list", [:], keptApart: [place])?.code == .skillUnavailable)
      }
    }
  }

  /// A folder that is a folder one moment and a link to elsewhere the next never leads there.
  @Test func nothingIsReachedInARaceEither() async throws {
    try await Tree.run { tree in
      mkdir(tree.folder.path + "/outside", 0o700)
      try TextFile.write("SECRET", to: tree.folder.path + "/outside/text.txt")
      symlink(tree.folder.path + "/outside", tree.top + "/link")
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          while !Task.isCancelled {
            for (from, to) in [("a", "real"), ("link", "a"), ("a", "link"), ("real", "a")] {
              rename("\(tree.top)/\(from)", "\(tree.top)/\(to)")
            }
            await Task.yield()
          }
        }
        for _ in 0..<400 {
          if let read = try? await tree.call("read", ["path": "a/text.txt"]) {
            #expect(try read.files[0].contents(limit: 100) == Array("one\ntwo\nthree".utf8))
          }
          let found = (try? await tree.names("find", ["pattern": "*.txt"])) ?? []
          #expect(found.allSatisfy { ["a/text.txt", "real/text.txt"].contains($0) })
          _ = try? await tree.call(
            "write", ["path": "a/made", "overwrite": true], root: "write", file: try tree.bench.file("x".utf8))
        }
        group.cancelAll()
        try await group.waitForAll()
      }
      #expect(!tree.exists(tree.folder.path + "/outside/made"))
      #expect(tree.text(tree.folder.path + "/outside/text.txt") == "SECRET")
    }
  }
}
