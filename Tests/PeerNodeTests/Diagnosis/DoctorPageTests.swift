import FoundationEssentials
import Glibc
import LocalAPI
import PeerNode
import Testing

@Suite struct DoctorPageTests {
  private static let path =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    + "/Sources/PeerNode/Documentation.docc/Doctor.md"

  @Test func theDoctorPageIsUpToDate() throws {
    if getenv("UPDATE_DOCS") != nil {
      try DoctorPage.text.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
    let page = try String(contentsOfFile: Self.path, encoding: .utf8)
    #expect(
      page == DoctorPage.text,
      "Doctor.md is out of date; write it again with: UPDATE_DOCS=1 swift test --filter theDoctorPageIsUpToDate")
  }

  @Test func everyCheckHasAnIdOfItsOwnAndAMeaning() {
    #expect(Set(CheckID.allCases.map(\.meaning)).count == CheckID.allCases.count)
    #expect(CheckID.allCases.allSatisfy { $0.rawValue.wholeMatch(of: /[a-z]+\.[a-z]+/) != nil })
  }
}
