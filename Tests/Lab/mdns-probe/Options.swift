import Glibc
import MulticastDNS

/// The command line.
struct Options: Sendable {
  var host = "rd-\(getpid())"
  var names: [String] = []
  var count = 1
  var port: UInt16 = 7000
  var texts: [String] = []
  var type = "_r-cli._tcp"
  var browses = false
  var connects = false
  var seconds: Double?
  var filter = InterfaceFilter()

  init(_ arguments: some Sequence<String>) {
    var rest = arguments.makeIterator()
    while let option = rest.next() {
      switch option {
      case "--browse": browses = true
      case "--connect": connects = true
      default:
        guard let value = rest.next() else { continue }
        set(option, value)
      }
    }
  }

  private mutating func set(_ option: String, _ value: String) {
    switch option {
    case "--host": host = value
    case "--advertise": names.append(value)
    case "--count": count = Int(value) ?? 1
    case "--port": port = UInt16(value) ?? 7000
    case "--txt": texts.append(value)
    case "--type": type = value
    case "--for": seconds = Double(value)
    case "--allow": filter.allowed.append(value)
    case "--deny": filter.denied.append(value)
    default: break
    }
  }

  func advertisements() throws -> [Advertisement] {
    let pairs = texts.map { text in
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (key: String(parts[0]), value: parts.count > 1 ? Array(parts[1].utf8) : nil)
    }
    return try names.flatMap { name in
      try (0..<count).map { number in
        let instanceName = count == 1 ? name : "\(name)-\(number)"
        let txt = try TXTRecord(pairs + [(key: "id", value: Array(instanceName.utf8))])
        return Advertisement(instanceName: instanceName, type: type, port: port + UInt16(number), txt: txt)
      }
    }
  }
}
