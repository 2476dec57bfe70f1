using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Orchestrator.Functions.Tests;

/// <summary>
/// What this repository uses of Microsoft's SDKs, against the list in eng/FunctionsSdk.Contract/signatures.txt: on a full feed the real assemblies have every
/// signature of it; on a partial one the declarations have these and no more.
/// </summary>
public sealed partial class SdkSignaturesTests
{
    // What the compiler adds to records, and what every object has.
    private static readonly HashSet<string> Unlisted = new(StringComparer.Ordinal)
    {
        "Equals", "GetHashCode", "ToString", "PrintMembers", "<Clone>$", "op_Equality", "op_Inequality", "get_EqualityContract", "Deconstruct", "Finalize",
    };

    private static readonly string[] Listed = [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "signatures.txt"))
        .Where(line => line.Length > 0 && !line.StartsWith('#'))];

    // One type of each assembly.
    private static readonly Assembly[] Assemblies = [.. new[]
    {
        typeof(FunctionAttribute), typeof(HttpTriggerAttribute), typeof(OrchestrationTriggerAttribute), typeof(TimerTriggerAttribute),
        typeof(Microsoft.Azure.Functions.Worker.Builder.FunctionsApplication), typeof(Microsoft.Azure.Functions.Worker.Builder.FunctionsApplicationBuilderAspNetCoreExtensions),
        typeof(TaskOrchestrationContext), typeof(DurableTaskClient), typeof(Microsoft.Azure.Functions.Worker.OpenTelemetry.ConfigureFunctionsOpenTelemetry),
        typeof(Microsoft.Azure.Functions.Worker.Core.FunctionMetadata.IFunctionMetadataTransformer),
    }.Select(type => type.Assembly).Distinct()];

    private static bool IsPartial => Assemblies.Any(assembly => assembly.GetName().Name == "FunctionsSdk.Contract");

    [Fact]
    public void EverySignature_IsThere()
    {
        Assert.Empty(Listed.Except(Signatures()));
    }

    [Fact]
    public void EverySource_IsNamedWithItsCommit()
    {
        var sources = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "signatures.txt")).Where(line => line.StartsWith("# from ", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(sources);
        Assert.All(sources, line => Assert.Matches(Source(), line));
    }

    [Fact]
    public void Declarations_HaveNothingElse()
    {
        // Only where they are what is compiled against.
        if (IsPartial)
            Assert.Empty(Signatures().Except(Listed));
    }

    [Theory]
    [InlineData(typeof(TaskOrchestrationContext))]
    [InlineData(typeof(DurableTaskClient))]
    public void AbstractMembers_AreAllListed(Type type)
    {
        var members = type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).OfType<MethodInfo>().Where(method => method.IsAbstract);
        Assert.Empty(members.Select(Describe).Except(Listed));
    }

    private static IEnumerable<string> Signatures() => Assemblies
        .SelectMany(assembly => assembly.GetExportedTypes())
        .Where(type => type.Namespace!.StartsWith("Microsoft.", StringComparison.Ordinal))
        .SelectMany(Describe)
        .Distinct(StringComparer.Ordinal);

    private static IEnumerable<string> Describe(Type type)
    {
        yield return $"{(type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class")} {Name(type)}";
        if (type.IsEnum)
        {
            foreach (var name in Enum.GetNames(type))
                yield return $"{Name(type)}.{name} = {Convert.ToInt32(Enum.Parse(type, name))}";
            yield break;
        }

        const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        foreach (var method in type.GetMembers(Declared).OfType<MethodBase>().Where(method => (method.IsPublic || method.IsFamily) && !Unlisted.Contains(method.Name) && !IsCopy(method)))
            yield return Describe(method);
    }

    // Records have one, each its own way.
    private static bool IsCopy(MethodBase method) =>
        method.IsConstructor && method.GetParameters() is [{ ParameterType: var only }] && only == method.DeclaringType;

    private static string Describe(MethodBase method)
    {
        var text = new StringBuilder();
        text.Append(method.IsStatic ? "static " : method.IsAbstract ? "abstract " : "");
        if (method is MethodInfo { ReturnType: var returned })
            text.Append(Name(returned)).Append(' ');
        text.Append(Name(method.DeclaringType!)).Append('.').Append(method.Name);
        if (method.IsGenericMethod)
            text.Append('<').AppendJoin(", ", method.GetGenericArguments().Select(Name)).Append('>');
        return text.Append('(').AppendJoin(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}")).Append(')').ToString();
    }

    private static string Name(Type type) => type switch
    {
        { IsGenericParameter: true } => type.Name,
        { IsArray: true } => $"{Name(type.GetElementType()!)}[]",
        { IsByRef: true } => $"{Name(type.GetElementType()!)}&",
        { IsGenericType: true } => $"{type.Namespace}.{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>",
        _ => type.FullName ?? type.Name,
    };

    [GeneratedRegex("^# from [A-Za-z0-9.-]+/[A-Za-z0-9.-]+ [0-9a-f]{40}: ", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Source();
}
