import Foundation
import PeerModel
import Testing

/// The built client against the built daemon, where there is one.
struct RealDaemonTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  static var daemonIsBuilt: Bool {
    let outcome = try? Sandbox().run("timeout 10 rd --version")
    return outcome?.status == 0 && outcome?.output.contains(Software.version) == true
  }

  @Test("Start, ask, stop", .enabled(if: Self.daemonIsBuilt))
  func roundTrip() throws {
    let config = "name: testbox\np2p:\n  listen_host: 127.0.0.1\n  advertise_mdns: false\n  auto_discover: false\n"
    try sandbox.write(Data(config.utf8), to: "config.yaml")
    let process = try sandbox.process("exec r serve --config config.yaml --state-dir state --port 0")
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    let deadline = Date(timeIntervalSinceNow: 30)
    while try sandbox.run("r version").status != 0, Date() < deadline, process.isRunning { usleep(50_000) }
    let status = try JSONParser.parse(sandbox.run("r status --json").output)
    #expect(status["name"] == "testbox")
    #expect(try sandbox.run("r status").output.contains("testbox"))
    #expect(try sandbox.run("r peers --json").output.contains(#""peers":[]"#))
    #expect(try sandbox.run("r pending").errors == "r: nobody waits for approval\n")
    #expect(try sandbox.run("r config").output.contains("advertise_mdns: false"))
    #expect(try sandbox.run("r skills").output.contains("pdf.extract_text"), "the manifests of the checkout are found")
    try checkManifests()
    #expect(try sandbox.run("r peers show nobody").status == 1)
    #expect(try sandbox.run("r approve nobody").status == 1)
    #expect(try sandbox.run("r call nosuch.tool").status == 1)
    #expect(try sandbox.run("r peers add 127.0.0.1:1").status == 75)
    #expect(try sandbox.run("r __complete -- skills show ''").output != "", "the lock is held")
  }

  /// What `r skills new` writes is a manifest, and becomes a skill.
  private func checkManifests() throws {
    let made = try sandbox.run(
      "mkdir -p .r-cli/skills.d && r skills new words -o words.yaml && r skills check words.yaml")
    #expect(made.status == 0 && made.output == "words.yaml: good: words.sort, words.count\n", "\(made.errors)")
    #expect(try sandbox.run("r skills new words | r skills check -").status == 0)
    let broken = try sandbox.run("sed s/run:/ran:/ words.yaml > broken.yaml; r skills check broken.yaml")
    #expect(broken.status == 1 && broken.errors == "r: broken.yaml has 2 mistakes\n")
    #expect(broken.output.contains(#/broken\.yaml:\d+: tools\.sort\.ran: unknown key, did you mean run\?/#))
  }
}
