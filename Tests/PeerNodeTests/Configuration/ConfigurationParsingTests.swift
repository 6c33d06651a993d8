import PeerModel
import Testing

@testable import PeerNode

@Suite struct ConfigurationParsingTests {
  private func parse(_ text: String) throws -> Configuration { try Configuration.parse(text: text, file: "c.yaml") }

  @Test func defaults() throws {
    let configuration = Configuration()
    #expect(configuration.name == Configuration.hostName)
    #expect(configuration.p2p.enabled)
    #expect(configuration.p2p.listenHost == "")
    #expect(configuration.p2p.listenPort == 8765)
    #expect(configuration.p2p.advertiseMDNS)
    #expect(configuration.p2p.interfaces == [])
    #expect(configuration.p2p.requireApproval)
    #expect(configuration.p2p.defaultTrust == .basic)
    #expect(configuration.p2p.autoDiscover)
    #expect(configuration.p2p.maxPeers == 20)
    #expect(configuration.p2p.taskTimeout == .seconds(120))
    #expect(configuration.p2p.tokenLifetime == .seconds(15 * 60))
    #expect(configuration.p2p.tls.mutual == .optional)
    #expect(configuration.p2p.exposeSkills == [])
    #expect(configuration.p2p.hideSkills == [])
  }

  @Test(arguments: Configuration.P2P.MutualTLS.allCases)
  func aClientCertificateIsOptionalOrRequired(_ mode: Configuration.P2P.MutualTLS) throws {
    let configuration = try parse("p2p:\n  tls:\n    mutual: \(mode.rawValue)\n")
    #expect(configuration.p2p.tls.mutual == mode)
    #expect(configuration.json["p2p"]?["tls"]?["mutual"] == .string(mode.rawValue))
  }

  @Test(arguments: [
    "", "\n", "# nothing\n", "---\n", "{}", "p2p:\n", "p2p: {}", "name: ~", "p2p:\n  hide_skills:\n    # - ssh\n",
  ])
  func nothingMeansTheDefaults(_ text: String) throws {
    #expect(try parse(text) == Configuration())
  }

  /// spec.md, "Configuration", to the letter.
  @Test func theExampleOfTheSpecificationLoadsAsPrinted() throws {
    let loaded = try parse(
      """
      p2p:
        # Enable P2P functionality
        enabled: true

        # Port for P2P server
        listen_port: 8765

        # Advertise via mDNS
        advertise_mdns: true

        # Require approval for new peers
        require_approval: true

        # Auto-discover peers on startup
        auto_discover: true

        # Maximum number of peers
        max_peers: 20

        # Task timeout in seconds
        task_timeout: 120

        # Skills to expose (empty = all)
        expose_skills: []

        # Skills to hide from peers
        hide_skills:
          - ssh  # Don't expose SSH to peers
      """)
    var expected = Configuration()
    expected.p2p.hideSkills = ["ssh"]
    #expect(loaded == expected)
  }

  @Test func everyKeyReadsWhatItsJSONSays() throws {
    let text = Configuration.defaultFile.replacing("# name: office-mac", with: "name: n")
    #expect(try parse(text).json == Configuration(name: "n").json)
    for key in ConfigurationKey.table {
      #expect(ConfigurationKey.named(key.path)?.path == key.path)
    }
  }

  /// JSON is YAML: what `rd` shows as the configuration in force is a file for it.
  @Test func theJSONFormIsAFile() throws {
    var configuration = Configuration(name: "büro \"1\"")
    configuration.p2p.listenHost = "fe80::1%eth0"
    configuration.p2p.defaultTrust = .full
    configuration.p2p.tokenLifetime = .seconds(7200)
    configuration.p2p.exposeSkills = ["pdf", "sql"]
    #expect(try parse(configuration.json.text) == configuration)
    #expect(try parse(configuration.json.indentedText) == configuration)
  }

  @Test(arguments: [
    ("90", 90), ("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), ("\"15m\"", 900), ("0x3C", 60),
  ])
  func durations(_ text: String, _ seconds: Int) throws {
    #expect(try parse("p2p: {token_lifetime: \(text)}").p2p.tokenLifetime == .seconds(seconds))
  }

  @Test(arguments: [
    ("basic", TrustLevel.basic), ("Trusted", .trusted), ("FULL", .full), ("75", .trusted), ("\"100\"", .full),
  ])
  func trustByNameAndNumber(_ text: String, _ level: TrustLevel) throws {
    #expect(try parse("p2p: {default_trust: \(text)}").p2p.defaultTrust == level)
  }

  @Test(arguments: ["", "::", "0.0.0.0", "localhost", "192.168.1.2", "fd00::1", "fe80::1%eth0"])
  func listenHosts(_ host: String) throws {
    #expect(try parse("p2p: {listen_host: \"\(host)\"}").p2p.listenHost == host)
  }

  /// Words that YAML 1.1 takes for booleans stay the texts they look like.
  @Test(arguments: ["no", "on", "y", "büro", "node 1", "1.2.3", "0x", "+", "1e", "infinity", "12:30"])
  func namesStayTexts(_ name: String) throws {
    #expect(try parse("name: \(name)").name == name)
  }

  @Test func windowsLineEndsAndAByteOrderMark() throws {
    #expect(try parse("\u{FEFF}p2p:\r\n  max_peers: 3\r\n").p2p.maxPeers == 3)
  }

  @Test func exposure() {
    var p2p = Configuration.P2P()
    #expect(p2p.exposes("pdf"))
    p2p.hideSkills = ["ssh"]
    #expect(p2p.exposes("pdf") && !p2p.exposes("ssh"))
    p2p.exposeSkills = ["ssh", "sql"]
    #expect(p2p.exposes("sql") && !p2p.exposes("pdf") && !p2p.exposes("ssh"))
  }

  @Test func changesTellReloadFromRestart() {
    let old = Configuration(name: "a")
    var new = Configuration(name: "b")
    new.p2p.listenPort = 1
    new.p2p.listenHost = "::"
    new.p2p.taskTimeout = .seconds(5)
    let changes = new.changes(from: old)
    #expect(changes.live == ["name", "p2p.task_timeout"])
    #expect(changes.needRestart == ["p2p.listen_host", "p2p.listen_port"])
    #expect(old.changes(from: old).live.isEmpty && old.changes(from: old).needRestart.isEmpty)
  }

  @Test func optionsBeatTheFile() throws {
    var configuration = Configuration()
    try configuration.set("name", to: "1234", option: "--name")
    try configuration.set("p2p.listen_port", to: "9000", option: "--port")
    try configuration.set("p2p.listen_host", to: "::1", option: "--host")
    #expect(configuration.name == "1234")
    #expect(configuration.p2p.listenPort == 9000 && configuration.p2p.listenHost == "::1")
  }

  @Test(arguments: [
    ("p2p.listen_port", "http", "--port: expected a port from 0 to 65535, got the text \"http\""),
    ("p2p.listen_port", "", "--port: expected a port from 0 to 65535, got the text \"\""),
    ("p2p.listen_host", "example.org", "--port: \"example.org\" is not an IP address"),
    ("name", "", "--port: the text is empty"),
  ])
  func wrongOptions(_ key: String, _ text: String, _ message: String) {
    var configuration = Configuration(name: "same")
    let error = #expect(throws: NodeError.self) { try configuration.set(key, to: text, option: "--port") }
    #expect(error?.message == message)
    #expect(error?.code == .usage)
    #expect(configuration == Configuration(name: "same"))
  }
}
