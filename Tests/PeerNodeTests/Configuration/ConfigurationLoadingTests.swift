import Glibc
import PeerModel
import Testing

@testable import PeerNode

@Suite struct ConfigurationLoadingTests {
  /// Runs `body` with a new, empty folder, and removes it.
  private func withFolder(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/rd-config-XXXXXX".utf8CString)
    let folder = String(cString: try #require(mkdtemp(&template)))
    defer {
      for name in ["config.yaml", ".r-cli"] { remove("\(folder)/\(name)") }
      rmdir(folder)
    }
    try body(folder)
  }

  @Test func aMissingFileMeansTheDefaultsUnlessSomebodyNamedIt() throws {
    try withFolder { folder in
      let missing = try Configuration.load(path: "\(folder)/config.yaml")
      #expect(missing == Configuration())
      let error = #expect(throws: NodeError.self) {
        try Configuration.load(path: "\(folder)/config.yaml", mustExist: true)
      }
      #expect(error?.message == "\(folder)/config.yaml: cannot be read: No such file or directory")
      #expect(error?.hint != nil)
    }
  }

  @Test func aFileIsRead() throws {
    try withFolder { folder in
      let file = try #require(fopen("\(folder)/config.yaml", "w"))
      fputs("name: here\n", file)
      fclose(file)
      #expect(try Configuration.load(path: "\(folder)/config.yaml", mustExist: true).name == "here")
    }
  }

  @Test func aFolderIsNoFile() throws {
    try withFolder { folder in
      let error = #expect(throws: NodeError.self) { try Configuration.load(path: folder) }
      #expect(error?.message == "\(folder): cannot be read: Is a directory")
      #expect(error?.hint == "name the file in it, such as \(folder)/config.yaml")
    }
  }

  @Test func anEndlessFileIsRefused() {
    let error = #expect(throws: NodeError.self) { try Configuration.load(path: "/dev/zero") }
    #expect(error?.message == "/dev/zero: larger than 1 MiB, which no configuration is")
  }

  @Test func theDefaultPathFollowsTheAccount() throws {
    let machine = "/etc/r-cli/config.yaml"
    try withFolder { home in
      let own = "\(home)/.r-cli/config.yaml"
      func path(_ uid: UInt32, _ home: String?, _ environment: [String: String] = [:]) -> String {
        Configuration.defaultPath(uid: uid, home: home, environment: environment)
      }
      #expect(path(1000, home) == own)
      #expect(path(1000, home + "/") == own)
      #expect(path(0, home) == own)
      // A user unit has a state directory too, and still belongs to a person.
      #expect(path(1000, home, ["STATE_DIRECTORY": "/x"]) == own)
      #expect(path(0, home, ["STATE_DIRECTORY": "/x"]) == machine)
      #expect(path(998, home) == machine)
      #expect(path(61_200, home) == machine)
      #expect(path(65_534, home) == machine)
      #expect(path(1000, nil) == machine)
      #expect(path(1000, "/") == machine)
      #expect(path(1000, home + "/missing") == machine)
      #expect(path(998, home, ["R_CLI_CONFIG": "mine.yaml"]) == "mine.yaml")
      #expect(path(1000, home, ["R_CLI_CONFIG": ""]) == own)
    }
  }

  @Test func theHostNameIsItsFirstLabel() {
    #expect(Configuration.firstLabel(of: "office.example.org") == "office")
    #expect(Configuration.firstLabel(of: "office") == "office")
    #expect(Configuration.firstLabel(of: "") == "rd")
    #expect(Configuration.firstLabel(of: ".org") == "rd")
    #expect(!Configuration.hostName.isEmpty && !Configuration.hostName.contains("."))
  }
}
