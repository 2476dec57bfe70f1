using System.Text;
using Miyabi.Samples.RepoReport.Reporting;

namespace Miyabi.Samples.RepoReport.Steps;

/// <summary>Where the report is.</summary>
/// <param name="Step">Always <c>report</c>.</param>
/// <param name="Path">The file, an artifact of the task.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sections">Its headings.</param>
internal sealed record ReportFile(string Step, string Path, long Bytes, IReadOnlyList<string> Sections);

/// <summary>Writes the report from the earlier results. It says nothing about when it was made, so that equal commits give equal
/// reports.</summary>
internal sealed class ReportStep : IStep
{
    private const string FileName = "report/REPORT.md";

    public string Name => "report";

    public bool ReadsRepository => false;

    public object Run(StepContext context)
    {
        var report = new Markdown();
        ReportOpening.Write(report, context.Inputs);
        List<string> sections = ["Summary"];
        if (context.Inputs.Output<Inventory>("inventory").Commit.Length > 0)
        {
            foreach (var (heading, write) in ReportSections.All)
            {
                report.Heading(2, heading);
                write(report, context.Inputs);
                sections.Add(heading);
            }
        }

        var bytes = Encoding.UTF8.GetBytes(report.ToString());
        context.WriteFile(FileName, file => file.Write(bytes));
        return new ReportFile(Name, FileName, bytes.Length, sections);
    }
}
