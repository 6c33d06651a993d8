import Testing

@testable import MulticastDNS

@Suite struct NameTests {
  @Test func namesIgnoreTheCaseOfASCIILettersOnly() {
    #expect(Bench.name("Alice.LOCAL") == Bench.name("alice.local"))
    #expect(Bench.name("ä.local") != Bench.name("Ä.local"))
    #expect(Bench.name("Alice.local").description == "Alice.local")
  }

  @Test func impossibleNamesAreRefused() {
    #expect(DNSName(labels: [[]]) == nil)
    #expect(DNSName(labels: [[UInt8](repeating: 1, count: 64)]) == nil)
    #expect(DNSName(labels: (0..<4).map { _ in [UInt8](repeating: 1, count: 63) }) == nil)
    #expect(DNSName(dotted: "a..b") == nil)
  }

  @Test func aChildHasExactlyOneMoreLabel() {
    #expect(Bench.name("x._r-cli._tcp.local").isChild(of: Bench.type))
    #expect(!Bench.type.isChild(of: Bench.type))
    #expect(!Bench.name("y.x._r-cli._tcp.local").isChild(of: Bench.type))
    #expect(!Bench.name("x._other._tcp.local").isChild(of: Bench.type))
    #expect(!DNSName(checkedWire: [0]).isChild(of: DNSName(checkedWire: [0])))
  }

  @Test func bytesThatAreNoTextAreShownAndKeptApart() {
    #expect(DisplayText.decode([0x61, 0xFF, 0x62]) == "a\\xffb")
    #expect(DisplayText.decode([0xC3, 0xA4]) == "ä")
    #expect(DisplayText.decode([0xC3]) == "\\xc3")
  }

  @Test(arguments: [
    ("plain ä 漢", "plain ä 漢"), ("\u{1B}[2J", "\\u{1b}[2J"), ("a\nb", "a\\u{a}b"), ("\u{202E}evil", "\\u{202e}evil"),
    ("\u{9B}x", "\\u{9b}x"), ("a\u{200B}b", "a\\u{200b}b"), ("\u{2028}", "\\u{2028}"),
  ])
  func textForATerminalObeysNothing(text: String, shown: String) {
    #expect(DisplayText.safe(text) == shown)
  }

  @Test func longNamesAreCutAtACharacterAndKeepTheirNumber() {
    let wanted = InstanceLabel.clean(String(repeating: "ä", count: 40))
    #expect(wanted.utf8.count == 62)
    let numbered = InstanceLabel.numbered(wanted, 12)
    #expect(numbered.hasSuffix("ä (12)"))
    #expect(numbered.utf8.count <= 63)
    #expect(InstanceLabel.clean("\u{7}\n") == "unnamed")
  }

  @Test func hostNamesHoldLettersDigitsAndHyphensOnly() {
    #expect(HostLabel.name(HostLabel.clean("rd-0a.x_ü"), number: 1).description == "rd-0ax.local")
    #expect(HostLabel.name("rd", number: 3).description == "rd-3.local")
    #expect(HostLabel.clean("") == "host")
  }

  @Test(arguments: ["_r-cli._tcp", "_a._UDP"])
  func serviceTypesAreTaken(type: String) {
    #expect(throws: Never.self) { try Engine.serviceType(type) }
  }

  @Test(arguments: ["", "_r-cli", "r-cli._tcp", "_x._http", "_x._tcp.local", "_._tcp"])
  func whatIsNoServiceTypeIsRefused(type: String) {
    #expect(throws: MulticastDNSError.invalidServiceType(type)) { try Engine.serviceType(type) }
  }
}
