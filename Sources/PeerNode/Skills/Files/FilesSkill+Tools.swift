internal import PeerModel

extension FilesSkill {
  static let mostEntries = 1000
  static let defaultMatches = 200

  private static let root = Schema.string(
    "The root's name, see roots; may be left out when there is only one.", maximumLength: 64)
  private static func path(_ what: String) -> Schema {
    Schema.string("\(what), below the root: docs/a.txt.", maximumLength: RelativePath.maximumLength)
  }
  private static let overwrite = Schema.boolean("Replace a file that is there already.").withDefault(false)

  private static func tool(
    _ name: String, _ summary: String, _ arguments: [String: Schema], required: [String] = [], changes: Bool = false
  ) -> ToolDescription {
    ToolDescription(
      name: name, summary: summary,
      arguments: .object(arguments.merging(["root": root]) { first, _ in first }, required: required),
      isReadOnly: !changes)
  }

  static let tools: [ToolDescription] = [
    ToolDescription(
      name: "roots", summary: "List the names of the folders that may be used, and whether they may be changed.",
      arguments: .object([:]), isReadOnly: true),
    tool("list", "List what is in a folder, by name.", ["path": path("The folder").withDefault(".")]),
    tool(
      "info", "Tell what something is, its size and when it was changed.", ["path": path("What")], required: ["path"]),
    tool(
      "read", "Get a file, or some lines of a text as a string.",
      [
        "path": path("The file"),
        "first_line": .integer("Get lines from this one on, counted from 1, instead of the file.", minimum: 1),
        "lines": .integer("How many lines.", minimum: 1, maximum: 100_000),
      ], required: ["path"]),
    tool(
      "find", "Find files and folders below a folder.",
      [
        "path": path("The folder to begin in").withDefault("."),
        "pattern": .string(
          "What the name is like: *.pdf. With a slash in it, what the path below the folder is like: 2024/*/a?.txt.",
          maximumLength: 256),
        "type": .enumeration(["file", "folder"], "Only these."),
        "minimum_size": .integer("Only files of at least so many bytes.", minimum: 0),
        "maximum_size": .integer("Only files of at most so many bytes.", minimum: 0),
        "modified_after": .string("Only what was changed then or later: 2026-11-25 or 2026-11-25T14:00:00Z."),
        "modified_before": .string("Only what was changed earlier."),
        "limit": .integer("The most that is listed.", minimum: 1, maximum: mostEntries)
          .withDefault(.integer(Int64(defaultMatches))),
      ]),
    tool(
      "write", "Put a file into a folder: it is there whole, or not at all.",
      ["path": path("The file's path to be"), "file": .file("What is put there."), "overwrite": overwrite],
      required: ["path", "file"], changes: true),
    tool(
      "make_folder", "Make a folder, and those above it.", ["path": path("The folder")], required: ["path"],
      changes: true),
    tool(
      "move", "Give a file or folder another name or place below the same root.",
      ["path": path("What"), "to": path("Its path to be"), "overwrite": overwrite], required: ["path", "to"],
      changes: true),
    tool(
      "remove", "Remove a file or an empty folder.",
      [
        "path": path("What"),
        "recursive": .boolean("Remove a folder with all that is in it, up to \(FolderTree.mostEntries) things.")
          .withDefault(false),
      ], required: ["path"], changes: true),
  ]
}
