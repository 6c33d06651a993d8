/// Host names: letters, digits and hyphens, so that every resolver takes them.
enum HostLabel {
  private static let maximumLength = 50

  static func clean(_ text: String) -> String {
    let allowed = text.unicodeScalars.filter { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar || scalar == "-")
    }
    let label = String(String.UnicodeScalarView(allowed.prefix(maximumLength)))
    return label.isEmpty ? "host" : label
  }

  static func name(_ label: String, number: Int) -> DNSName {
    let text = Array((number == 1 ? label : "\(label)-\(number)").utf8)
    return DNSName(checkedWire: [UInt8(text.count)] + text + DNSName.local.wire)
  }
}

/// Instance names: any text, up to 63 bytes (RFC 6763 section 4.1.1).
enum InstanceLabel {
  static func clean(_ text: String) -> String {
    let visible = text.unicodeScalars.filter { $0.properties.generalCategory != .control }
    let label = cut(String(String.UnicodeScalarView(visible)), to: DNSName.maximumLabelLength)
    return label.isEmpty ? "unnamed" : label
  }

  static func name(_ label: String, under type: DNSName) -> DNSName {
    let text = Array(label.utf8)
    return DNSName(checkedWire: [UInt8(text.count)] + text + type.wire)
  }

  /// `wanted (number)`, with the wanted name shortened when there is no room for the number.
  static func numbered(_ wanted: String, _ number: Int) -> String {
    let suffix = " (\(number))"
    return cut(wanted, to: DNSName.maximumLabelLength - suffix.utf8.count) + suffix
  }

  private static func cut(_ text: String, to length: Int) -> String {
    var result = text
    while result.utf8.count > length { result.removeLast() }
    return result
  }
}

/// Giving way: new names after conflicts (RFC 6762 sections 8.1 and 9).
extension Engine {
  mutating func resolve(_ conflict: LinkEngine.Conflict, on id: Link.ID, now: Milliseconds) {
    conflictTimes = conflictTimes.filter { now - $0 < Limits.conflictWindow } + [now]
    // Once there are too many, slow until there is none for as long as they are counted.
    if conflictTimes.count == 1 { isGivingWaySlowly = false }
    if conflictTimes.count >= Limits.conflictsInWindow { isGivingWaySlowly = true }
    let pause = isGivingWaySlowly ? Limits.conflictPause : 0
    guard conflict.whileProbing else {
      // Prove the name again before giving it up; whoever else holds it will answer.
      links[id]?.restart(conflict.claim, at: now + pause)
      return
    }
    switch conflict.claim {
    case .host: renameHost(at: now + pause)
    case .service(let number): renameService(number, at: now + pause)
    }
  }

  private mutating func renameHost(at time: Milliseconds) {
    hostNumber = nextNumber(after: hostNumber)
    profile.hostName = HostLabel.name(wantedHostLabel, number: hostNumber)
    publishProfile()
    for id in links.keys.sorted() {
      links[id]?.awaitsHost = true
      links[id]?.restart(.host, at: time)
    }
  }

  private mutating func renameService(_ number: Int, at time: Milliseconds) {
    guard let service = profile.services[number] else { return }
    let wanted = InstanceLabel.clean(service.advertisement.instanceName)
    let suffix = nextNumber(after: service.number)
    let label = InstanceLabel.numbered(wanted, suffix)
    profile.services[number]?.number = suffix
    profile.services[number]?.label = label
    profile.services[number]?.instance = InstanceLabel.name(label, under: service.type)
    profile.services[number]?.isReported = false
    publishProfile()
    for id in links.keys.sorted() { links[id]?.restart(.service(number), at: time) }
    emit(.renamed(from: service.label, to: label))
  }

  /// The next number to try: 2, 3, 4, then with growing leaps, so that many hosts with one name part quickly.
  private mutating func nextNumber(after number: Int) -> Int {
    guard number >= 4 else { return number + 1 }
    return number + Int.random(in: 1...min(number, 1_000_000), using: &random)
  }

  mutating func noteAnnounced(_ claim: ClaimID) {
    guard case .service(let number) = claim, let service = profile.services[number], !service.isReported else { return }
    profile.services[number]?.isReported = true
    emit(.advertised(name: service.label))
  }
}
