internal import Glibc
internal import PeerModel

/// Going through folders: everything is looked at through the folder that it is in, and links are not followed.
enum FolderTree {
  /// How many things one call looks at.
  static let mostEntries = 100_000

  /// What was found, up to a number.
  struct Listing: Sendable {
    private(set) var entries: [FolderEntry] = []
    /// Whether there is more.
    var isCut = false
    /// Things whose names are no UTF-8, so that no caller could name them.
    private var nameless = 0

    /// - Parameter entry: nil for a thing with a name that is no UTF-8.
    mutating func add(_ entry: FolderEntry?, most: Int) {
      guard let entry else { return nameless += 1 }
      guard entries.count < most else { return isCut = true }
      entries.append(entry)
    }

    func json(_ label: String) -> JSONValue {
      var members: [String: JSONValue] = [
        "entries": .array(entries.sorted { NaturalOrder.areInOrder($0.path, $1.path) }.map { $0.json(label) }),
        "truncated": .bool(isCut),
      ]
      if nameless > 0 { members["not_shown"] = nameless.json }
      return .object(members)
    }
  }

  /// Calls `body` with the name (nil when it is no UTF-8) and the facts of everything in a folder that is not kept
  /// apart.
  static func forEachEntry(
    of folder: OwnedDescriptor, kept: KeptApart, _ body: (String?, stat) -> Void
  ) {
    var own = stat()
    guard fstat(folder.rawValue, &own) == 0 else { return }
    let identity = KeptApart.Identity(own)
    var count = 0
    // Its own descriptor, because reading moves the offset and ends with closing.
    let listing = openat(folder.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    FolderRemoval.forEachEntry(of: listing) { descriptor, name in
      count += 1
      guard count <= mostEntries else { return }
      var facts = stat()
      guard fstatat(descriptor, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 else { return }
      let text = String(validatingCString: name)
      guard !kept.has(facts, named: text ?? "", in: identity) else { return }
      body(text, facts)
    }
  }
}

/// What a caller looks for below a folder.
struct FolderSearch: Sendable {
  private var pattern: String?
  private var kind: EntryKind?
  private var sizes: ClosedRange<Int>?
  private var after: Int?
  private var before: Int?
  private var limit: Int

  /// - Throws: ``NodeError`` `invalid_arguments`.
  init(_ values: [String: JSONValue]) throws(NodeError) {
    pattern = values["pattern"]?.stringValue
    kind = values["type"]?.stringValue.flatMap(EntryKind.init(rawValue:))
    let (least, most) = (values["minimum_size"]?.integerValue, values["maximum_size"]?.integerValue)
    if least != nil || most != nil { sizes = Int(least ?? 0)...max(Int(least ?? 0), Int(most ?? .max)) }
    if let least, let most, most < least {
      throw NodeError(.invalidArguments, "/maximum_size: is less than minimum_size")
    }
    after = try Self.time("modified_after", values)
    before = try Self.time("modified_before", values)
    limit = Int(values["limit"]?.integerValue ?? Int64(FilesSkill.defaultMatches))
  }

  private static func time(_ argument: String, _ values: [String: JSONValue]) throws(NodeError) -> Int? {
    guard let text = values[argument]?.stringValue else { return nil }
    guard let seconds = UTCTime.seconds(text) else {
      throw NodeError(.invalidArguments, "/\(argument): must be like 2026-11-25 or 2026-11-25T14:00:00Z")
    }
    return seconds
  }

  private func fits(_ entry: FolderEntry, below: String) -> Bool {
    if let kind, entry.kind != kind { return false }
    if let sizes, entry.kind != .file || !sizes.contains(entry.size) { return false }
    if let after, entry.modified < after { return false }
    if let before, entry.modified >= before { return false }
    guard let pattern else { return true }
    let name = below.split(separator: "/").last.map(String.init) ?? below
    return fnmatch(pattern, pattern.contains("/") ? below : name, FNM_PATHNAME) == 0
  }

  /// Looks through the folder and those below it, the nearest first.
  /// - Throws: `CancellationError`; ``NodeError`` `skill_failed`.
  func run(
    in start: OwnedDescriptor, kept: KeptApart, below: RelativePath
  ) async throws -> FolderTree.Listing {
    var listing = FolderTree.Listing()
    var seen = 0
    // Paths, not descriptors, wait for their turn: a wide tree has more folders than a process may hold open.
    var waiting: [[String]] = [[]]
    var next = 0
    while next < waiting.count, !listing.isCut {
      try Task.checkCancellation()
      await Task.yield()
      let steps = waiting[next]
      next += 1
      guard let folder = Self.open(steps, in: start) else { continue }
      FolderTree.forEachEntry(of: folder, kept: kept) { name, facts in
        seen += 1
        guard seen <= FolderTree.mostEntries else { return listing.isCut = true }
        guard let name else { return listing.add(nil, most: limit) }
        let inner = steps + [name]
        let entry = FolderEntry(path: (below.steps + inner).joined(separator: "/"), facts)
        if fits(entry, below: inner.joined(separator: "/")) { listing.add(entry, most: limit) }
        if entry.kind == .folder, below.steps.count + inner.count < RelativePath.maximumSteps { waiting.append(inner) }
      }
    }
    return listing
  }

  /// nil when it went away, or became something else, since it was seen.
  private static func open(_ steps: [String], in start: OwnedDescriptor) -> OwnedDescriptor? {
    var folder = start
    for step in steps {
      let descriptor = openat(folder.rawValue, step, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { return nil }
      folder = OwnedDescriptor(owning: descriptor)
    }
    return folder
  }
}
