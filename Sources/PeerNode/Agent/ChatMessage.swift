package import PeerModel

/// One message of a conversation with a language model, as the chat completions API has it (OpenAI API reference, "Create
/// chat completion", which llama.cpp, vLLM, Ollama and others speak too).
package enum ChatMessage: Hashable, Sendable {
  case system(String)
  case user(String)
  /// The model's answer, or the tools that it wants to be called first.
  case assistant(String?, [ChatToolCall])
  /// What a tool gave, under the id of the call.
  case tool(id: String, String)

  package var json: JSONValue {
    switch self {
    case .system(let text): ["role": "system", "content": .string(text)]
    case .user(let text): ["role": "user", "content": .string(text)]
    case .tool(let id, let text): ["role": "tool", "tool_call_id": .string(id), "content": .string(text)]
    case .assistant(let text, let calls):
      .compact([
        "role": "assistant", "content": text.map(JSONValue.string) ?? .null,
        "tool_calls": calls.isEmpty ? nil : .array(calls.map(\.json)),
      ])
    }
  }

  /// Bytes that it adds to a request, roughly.
  var size: Int {
    switch self {
    case .system(let text), .user(let text), .tool(_, let text): text.utf8.count
    case .assistant(let text, let calls):
      (text?.utf8.count ?? 0) + calls.reduce(0) { $0 + $1.name.utf8.count + $1.arguments.utf8.count }
    }
  }
}

/// A tool that the model wants to be called.
package struct ChatToolCall: Hashable, Sendable {
  package var id: String
  package var name: String
  /// JSON, or what the model takes for it.
  package var arguments: String

  package init(id: String, name: String, arguments: String) {
    (self.id, self.name, self.arguments) = (id, name, arguments)
  }

  var json: JSONValue {
    [
      "id": .string(id), "type": "function",
      "function": ["name": .string(name), "arguments": .string(arguments)],
    ]
  }
}

/// A tool as the model is told of it.
package struct ChatTool: Hashable, Sendable {
  /// Letters, digits, `_` and `-`, at most 64.
  package var name: String
  package var summary: String
  package var arguments: Schema

  package init(name: String, summary: String, arguments: Schema) {
    (self.name, self.summary, self.arguments) = (name, summary, arguments)
  }

  package var json: JSONValue {
    [
      "type": "function",
      "function": ["name": .string(name), "description": .string(summary), "parameters": arguments.json],
    ]
  }
}

extension ChatMessage {
  /// The first choice of a completion.
  /// - Throws: ``NodeError`` `task_failed` for what is no completion.
  package init(completion json: JSONValue) throws(NodeError) {
    let message = json["choices"]?.arrayValue?.first?["message"]
    guard let message, message.objectValue != nil else {
      throw NodeError(.taskFailed, "the language model's answer has no message")
    }
    let calls = (message["tool_calls"]?.arrayValue ?? []).enumerated().compactMap { index, call -> ChatToolCall? in
      guard let name = call["function"]?["name"]?.stringValue else { return nil }
      let given = call["function"]?["arguments"]
      // Some servers give the object itself.
      let arguments = given?.stringValue ?? given?.text ?? "{}"
      return ChatToolCall(id: call["id"]?.stringValue ?? "call-\(index)", name: name, arguments: arguments)
    }
    self = .assistant(message["content"]?.stringValue, calls)
  }
}
