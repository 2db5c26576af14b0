/* What RapidJSON 1.1.0 makes of JSON texts, read as TensorFlow Serving reads a body (json_tensor.cc): each comes as its
   length, four bytes in the machine's order, and its bytes. A line each: 2 an object, 1 another value, 0 none.
   Build: c++ rapidjson_reader.cc -o rapidjson_reader -I RAPIDJSON/include. */
#include <cstdint>
#include <cstdio>
#include <string>

#include "rapidjson/document.h"
#include "rapidjson/encodedstream.h"
#include "rapidjson/memorystream.h"

int main() {
  constexpr unsigned kFlags = rapidjson::kParseNanAndInfFlag | rapidjson::kParseStopWhenDoneFlag | rapidjson::kParseIterativeFlag;
  std::string body;
  for (uint32_t size; std::fread(&size, sizeof size, 1, stdin) == 1;) {
    body.resize(size);
    if (size && std::fread(&body[0], 1, size, stdin) != size) return 1;
    rapidjson::Document document;
    rapidjson::MemoryStream memory(body.data(), body.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(memory);
    if (!body.empty()) document.ParseStream<kFlags>(stream);
    std::printf("%d\n", body.empty() || document.HasParseError() ? 0 : document.IsObject() ? 2 : 1);
    std::fflush(stdout);
  }
}
