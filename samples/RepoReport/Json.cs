using System.Text.Encodings.Web;
using System.Text.Json;

namespace Miyabi.Samples.RepoReport;

/// <summary>How this tool writes and reads JSON: camelCase, and text as it is (nothing here is put into a web page).</summary>
internal static class Json
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict,
    };
}
