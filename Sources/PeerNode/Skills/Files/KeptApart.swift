internal import Glibc

/// What no root leads to, even when it lies below one: what the daemon keeps for itself, and what decides what it does.
///
/// Things are told by device and inode, so no other name of them helps, and by the place where they would be made.
struct KeptApart: Sendable {
  /// A file or folder, whatever its name.
  struct Identity: Hashable, Sendable {
    let device: UInt
    let inode: UInt

    init(_ facts: stat) {
      device = UInt(facts.st_dev)
      inode = UInt(facts.st_ino)
    }
  }
  /// A name in a folder, whether or not something has it.
  private struct Place: Hashable {
    let folder: Identity
    let name: String
  }

  private var things: Set<Identity> = []
  private var places: Set<Place> = []
  private var above: Set<Identity> = []

  /// Looks at where those paths lead now.
  /// - Parameter paths: of files and folders; those that do not exist are kept from being made.
  init(_ paths: [String]) {
    for path in paths.flatMap(Self.spellings) {
      var facts = stat()
      if stat(path, &facts) == 0 { things.insert(Identity(facts)) }
      // The link itself, where it is one, decides as much as what it leads to.
      if lstat(path, &facts) == 0 { things.insert(Identity(facts)) }
      let steps = path.split(separator: "/")
      for count in 0..<steps.count where stat("/" + steps[..<count].joined(separator: "/"), &facts) == 0 {
        above.insert(Identity(facts))
        if count == steps.count - 1 {
          places.insert(Place(folder: Identity(facts), name: String(steps[count])))
        }
      }
    }
  }

  /// The path from the top of the file system, and the one without links where it leads to something.
  private static func spellings(of path: String) -> [String] {
    var here = [CChar](repeating: 0, count: Int(PATH_MAX))
    let isWhole = path.hasPrefix("/") || getcwd(&here, here.count) == nil
    let whole = isWhole ? path : text(here) + "/" + path
    var real = [CChar](repeating: 0, count: Int(PATH_MAX))
    return realpath(whole, &real) == nil ? [whole] : [whole, text(real)]
  }

  private static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Whether this thing, or a thing of that name in that folder, is one of them.
  func has(_ facts: stat, named name: String, in folder: Identity) -> Bool {
    things.contains(Identity(facts)) || has(name: name, in: folder)
  }

  /// Whether that place in a folder is one of theirs.
  func has(name: String, in folder: Identity) -> Bool { places.contains(Place(folder: folder, name: name)) }

  /// Whether this is one of them.
  func has(_ facts: stat) -> Bool { things.contains(Identity(facts)) }

  /// Whether one of them lies below this folder, so that it must stay where it is.
  func isAbove(_ facts: stat) -> Bool { above.contains(Identity(facts)) }
}
