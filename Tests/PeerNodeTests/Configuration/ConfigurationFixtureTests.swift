import Glibc
import PeerModel
import Testing

@testable import PeerNode

/// Where the test sources stand, so that fixtures and pages are found whatever the working directory is.
func projectPath(_ path: String, from file: String = #filePath) -> String {
  String(file[..<(file.firstRange(of: "/Tests/PeerNodeTests/")?.lowerBound ?? file.endIndex)]) + "/" + path
}

@Suite struct ConfigurationFixtureTests {
  @Test func aFileOfVersion010LoadsForever() throws {
    let loaded = try Configuration.load(path: projectPath("Tests/Fixtures/config/0.1.0.yaml"), mustExist: true)
    var expected = Configuration(name: "office-mac")
    expected.p2p.enabled = false
    expected.p2p.listenHost = "127.0.0.1"
    expected.p2p.listenPort = 8766
    expected.p2p.advertiseMDNS = false
    expected.p2p.interfaces = ["eth0", "wlan0"]
    expected.p2p.requireApproval = false
    expected.p2p.defaultTrust = .trusted
    expected.p2p.autoDiscover = false
    expected.p2p.maxPeers = 7
    expected.p2p.taskTimeout = .seconds(300)
    expected.p2p.tokenLifetime = .seconds(3600)
    expected.p2p.exposeSkills = ["pdf", "ocr"]
    expected.p2p.hideSkills = ["ssh"]
    #expect(loaded == expected)
  }

  @Test func theFixtureOf010ChangesEveryKeyOf010() throws {
    let loaded = try Configuration.load(path: projectPath("Tests/Fixtures/config/0.1.0.yaml"), mustExist: true)
    let changes = loaded.changes(from: Configuration(name: "other"))
    let keys = ConfigurationKey.table.filter { $0.since == "0.1.0" }
    #expect(Set(changes.live + changes.needRestart) == Set(keys.map(\.path)))
  }

  @Test func theReferencePageIsUpToDate() throws {
    let path = projectPath("Sources/PeerNode/Documentation.docc/Configuration.md")
    if getenv("UPDATE_DOCS") != nil {
      let file = try #require(fopen(path, "w"))
      fputs(Configuration.referencePage, file)
      #expect(fclose(file) == 0)
    }
    #expect(
      contents(path) == Configuration.referencePage,
      "Configuration.md is out of date; write it again with: UPDATE_DOCS=1 swift test --filter theReferencePageIsUpToDate"
    )
  }

  @Test func theDefaultsOnTheReferencePageAreTheDefaults() throws {
    #expect(Configuration.referencePage.contains(Configuration.defaultFile))
    #expect(try Configuration.parse(text: Configuration.defaultFile, file: "page") == Configuration())
  }

  private func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
