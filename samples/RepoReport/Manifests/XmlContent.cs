using System.Xml;
using System.Xml.Linq;

namespace Miyabi.Samples.RepoReport.Manifests;

/// <summary>Reads XML of unknown origin: no document types (entities that grow), nothing from elsewhere, no bottomless nesting.</summary>
internal static class XmlContent
{
    private const int MaxDepth = 200;

    /// <summary>The elements, in order, without their nesting and namespaces.</summary>
    /// <exception cref="FormatException">It is no XML, or has a document type.</exception>
    public static List<XElement> ReadElements(ReadOnlySpan<byte> content)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
        try
        {
            CheckDepth(content, settings);
            using var reader = XmlReader.Create(new MemoryStream(content.ToArray()), settings);
            return [.. XDocument.Load(reader).Descendants()];
        }
        catch (XmlException problem)
        {
            throw new FormatException(problem.Message, problem);
        }
    }

    /// <summary>The text of a child element, empty if there is none.</summary>
    public static string Child(XElement element, string name) =>
        element.Elements().FirstOrDefault(child => child.Name.LocalName == name)?.Value.Trim() ?? "";

    private static void CheckDepth(ReadOnlySpan<byte> content, XmlReaderSettings settings)
    {
        using var reader = XmlReader.Create(new MemoryStream(content.ToArray()), settings);
        while (reader.Read())
        {
            if (reader.Depth > MaxDepth)
                throw new FormatException($"It is nested deeper than {MaxDepth} elements.");
        }
    }
}
