namespace Miyabi.Samples.RepoReport.Languages;

/// <summary>What a file is for, as far as its name tells.</summary>
internal enum LanguageKind
{
    /// <summary>Says what a machine does.</summary>
    Code,

    /// <summary>Structure, settings or values.</summary>
    Data,

    /// <summary>For people to read.</summary>
    Prose,

    /// <summary>Written by a tool: counted, but nobody's hot spot.</summary>
    Generated,
}

/// <summary>A language by its name.</summary>
internal sealed record Language(string Name, LanguageKind Kind)
{
    /// <summary>Text of no known language.</summary>
    public static Language Other { get; } = new("Other text", LanguageKind.Data);

    private static readonly Dictionary<string, Language> ByEnding = Table(
        (LanguageKind.Code, "C#:cs csx|F#:fs fsx fsi|Visual Basic:vb|Razor:cshtml razor|C:c|C++:cc cpp cxx hpp hh hxx ipp|"
            + "C or C++ header:h|Objective-C:m mm|Java:java|Kotlin:kt kts|Scala:scala sc|Groovy:groovy gradle|Clojure:clj cljs cljc|"
            + "Go:go|Rust:rs|Swift:swift|Python:py pyi pyx|Ruby:rb rake|PHP:php|Perl:pl pm t|Lua:lua|R:r|Julia:jl|Dart:dart|Elixir:ex exs|"
            + "Erlang:erl hrl|Haskell:hs|OCaml:ml mli|Lisp:lisp el scm rkt|Zig:zig|Nim:nim|Fortran:f f90 f95|Pascal:pas|"
            + "Ada:adb ads|Assembly:asm s|CUDA:cu cuh|JavaScript:js mjs cjs jsx|"
            + "TypeScript:ts tsx mts cts|Vue:vue|Svelte:svelte|HTML:html htm|CSS:css|Sass:scss sass|Less:less|"
            + "SQL:sql|Shell:sh bash zsh fish|PowerShell:ps1 psm1 psd1|Batch:bat cmd|Awk:awk|Vim script:vim|Make:mk mak|CMake:cmake|"
            + "Bicep:bicep|Terraform:tf|HCL:hcl|Nix:nix|Protocol Buffers:proto|GraphQL:graphql gql|Solidity:sol|GLSL:glsl vert frag|"
            + "Verilog:v sv|VHDL:vhd vhdl|Templates:tmpl j2 hbs ejs mustache"),
        (LanguageKind.Data, "JSON:json jsonc json5 ndjson jsonl|YAML:yml yaml|TOML:toml|XML:xml xsd xsl xslt resx plist|"
            + "INI:ini cfg conf properties editorconfig|"
            + "MSBuild:csproj fsproj vbproj props targets proj|Visual Studio solution:sln slnx|CSV:csv tsv|SVG:svg|Patch:patch diff"),
        (LanguageKind.Prose, "Markdown:md markdown mdx|reStructuredText:rst|AsciiDoc:adoc asciidoc|TeX:tex bib|"
            + "Plain text:txt text|Org:org"),
        (LanguageKind.Generated, "Lock file:lock|Source map:map"));

    private static readonly Dictionary<string, Language> ByName = Table(
        (LanguageKind.Code, "Make:makefile gnumakefile|Docker:dockerfile containerfile|CMake:cmakelists.txt|"
            + "Ruby:gemfile rakefile vagrantfile|Groovy:jenkinsfile|Starlark:build workspace build.bazel"),
        (LanguageKind.Data, "Git settings:.gitignore .gitattributes .gitmodules .mailmap|INI:.editorconfig"),
        (LanguageKind.Prose, "Plain text:license licence copying readme authors notice changelog contributing"),
        (LanguageKind.Generated, "Lock file:package-lock.json npm-shrinkwrap.json pnpm-lock.yaml packages.lock.json go.sum"));

    /// <summary>A file's language by the last segment of its path.</summary>
    public static Language Of(string fileName)
    {
        var name = fileName.ToLowerInvariant();
        if (ByName.TryGetValue(name, out var language))
            return language;
        var dot = name.LastIndexOf('.');
        if (name.EndsWith(".min.js", StringComparison.Ordinal) || name.EndsWith(".min.css", StringComparison.Ordinal))
            return new Language("Minified", LanguageKind.Generated);
        return dot >= 0 && ByEnding.TryGetValue(name[(dot + 1)..], out language) ? language : Other;
    }

    private static Dictionary<string, Language> Table(params (LanguageKind Kind, string Lines)[] parts)
    {
        var table = new Dictionary<string, Language>();
        foreach (var (kind, lines) in parts)
        {
            foreach (var line in lines.Split('|'))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                var language = new Language(line[..colon], kind);
                foreach (var key in line[(colon + 1)..].Split(' '))
                    table.Add(key, language);
            }
        }

        return table;
    }
}
