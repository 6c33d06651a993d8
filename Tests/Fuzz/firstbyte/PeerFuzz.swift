import FoundationEssentials
import Glibc

/// What a fuzz target of the package is: some inputs to begin with, and what must hold for every one. A trap is a finding.
protocol FuzzTarget {
  init() throws
  var seeds: [[UInt8]] { get }
  func run(_ bytes: [UInt8])
}

/// Runs one target for some time with inputs made from its corpus: `peer-fuzz TARGET CORPUS SECONDS CRASH-FILE [SEED]`.
///
/// libFuzzer's runtime cannot be linked into a package's program, so this has a mutation loop of its own, which sees no
/// coverage but knows the words of both formats. The input that is tried stands in CRASH-FILE, which is left behind when
/// the program traps; `peer-fuzz TARGET FILE 0 /dev/null` tries one input again.
@main struct PeerFuzz {
  static func main() throws {
    #if DEBUG
      let arguments = CommandLine.arguments
      guard arguments.count >= 5, let seconds = Double(arguments[3]) else {
        print("usage: peer-fuzz handshake|firstbyte|mcp CORPUS SECONDS CRASH-FILE [SEED]")
        exit(64)
      }
      let target: any FuzzTarget =
        switch arguments[1] {
        case "handshake": try HandshakeFuzz()
        case "mcp": try MCPFuzz()
        default: FirstByteFuzz()
        }
      let seed = arguments.count > 5 ? UInt64(arguments[5]) ?? 0 : UInt64(time(nil))
      print("seed \(seed)")
      try run(target, corpus: arguments[2], seconds: seconds, crashFile: arguments[4], seed: seed)
    #else
      print("peer-fuzz reaches the inside of the library: build it without -c release")
      exit(69)
    #endif
  }

  private static func run(
    _ target: any FuzzTarget, corpus: String, seconds: Double, crashFile: String, seed: UInt64
  ) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: corpus))?.sorted().map { "\(corpus)/\($0)" }
    let inputs = try (names ?? [corpus]).map { Array(try Data(contentsOf: URL(filePath: $0))) } + target.seeds
    let crash = open(crashFile, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard crash >= 0 else { throw CocoaError(.fileWriteUnknown) }
    func attempt(_ bytes: [UInt8]) {
      pwrite(crash, bytes, bytes.count, 0)
      ftruncate(crash, bytes.count)
      target.run(bytes)
    }
    for input in inputs { attempt(input) }
    var mutator = Mutator(seed: seed)
    var count = inputs.count
    let began = ContinuousClock.now
    let deadline = began + .seconds(seconds)
    while ContinuousClock.now < deadline {
      for _ in 0..<50 { attempt(mutator.make(from: inputs)) }
      count += 50
    }
    let elapsed = max(0.001, Double((ContinuousClock.now - began).components.seconds))
    if crashFile.hasPrefix("/dev/") == false { unlink(crashFile) }
    print("\(Int(Double(count) / elapsed)) executions/s, \(count) in all")
  }
}

/// Makes new inputs out of others.
struct Mutator {
  private var state: UInt64
  /// What both formats are made of.
  private static let words = [
    "\"", "\\u0000", "\\ud800", "{", "}", "[", "]", ":", ",", "null", "-1", "1e9999", "9223372036854775808",
    "\"step\":",
    "\"hello\"", "\"proof\"", "\"challenge\"", "\"pending\"", "\r\n", "\r\n\r\n", "\n", "GET / HTTP/1.1\r\n",
    "HTTP/1.0",
    "Content-Length: ", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "Host: a\r\n", "Connection: upgrade\r\n",
    "\u{16}\u{3}\u{1}",
    "\"jsonrpc\":\"2.0\"", "\"result\":", "\"error\":", "\"id\":3", "\"method\":", "\"tools\":", "\"nextCursor\":",
    "\"content\":", "\"$stream\":1",
    "\u{0}", "Expect: 100-continue\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  ].map { Array($0.utf8) }

  init(seed: UInt64) { state = seed }

  /// SplitMix64, below a bound.
  private mutating func next(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((mixed ^ (mixed >> 31)) % UInt64(max(1, bound)))
  }

  mutating func make(from inputs: [[UInt8]]) -> [UInt8] {
    var bytes = inputs[next(inputs.count)]
    for _ in 0...next(4) { change(&bytes, inputs) }
    return Array(bytes.prefix(8192))
  }

  private mutating func change(_ bytes: inout [UInt8], _ inputs: [[UInt8]]) {
    let place = next(bytes.count + 1)
    let end = min(bytes.count, place + 1 + next(16))
    switch next(8) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(next(8))
    case 1 where place < bytes.count: bytes[place] = UInt8(next(256))
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 4: bytes.insert(contentsOf: Self.words[next(Self.words.count)], at: place)
    case 5: bytes.replaceSubrange(place..<end, with: Self.words[next(Self.words.count)])
    case 6: bytes.removeSubrange(place...)
    default:
      let other = inputs[next(inputs.count)]
      bytes.replaceSubrange(place..., with: other.dropFirst(next(other.count + 1)))
    }
  }
}
