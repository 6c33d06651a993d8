import Glibc

extension Configuration {
  /// The first label of this machine's host name, `rd` when the kernel has none: the default of ``name``.
  package static var hostName: String {
    // HOST_NAME_MAX is 64 on Linux, plus the closing zero.
    var buffer = [CChar](repeating: 0, count: 65)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "rd" }
    return firstLabel(of: String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }

  /// The part before the first dot, at most as long as ``name`` may be.
  static func firstLabel(of host: String) -> String {
    let label = host.prefix { $0 != "." }
    guard TextRule.nodeName.problem(with: String(label)) == nil else { return "rd" }
    return String(label)
  }
}
