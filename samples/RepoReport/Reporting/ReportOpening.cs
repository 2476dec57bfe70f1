using Miyabi.Samples.RepoReport.Ledger;
using Miyabi.Samples.RepoReport.Steps;

namespace Miyabi.Samples.RepoReport.Reporting;

/// <summary>The report's beginning: which commit it is about, and the summary.</summary>
internal static class ReportOpening
{
    /// <summary>Writes it.</summary>
    public static void Write(Markdown report, Inputs inputs)
    {
        var inventory = inputs.Output<Inventory>("inventory");
        var summary = inputs.Output<Summary>("summary");
        report.Heading(1, inventory.Repository);
        if (inventory.Commit.Length > 0)
        {
            var branch = inventory.Branch.Length > 0 ? $", branch {Markdown.Code(inventory.Branch)}" : "";
            report.Block($"Commit {Markdown.Code(inventory.Commit)}{branch}. Only what is committed is counted.");
        }

        report.Heading(2, "Summary");
        report.List(summary.Facts);
        if (summary.Notices.Count > 0)
        {
            report.Block("To look at:");
            report.List(summary.Notices);
        }

        if (inventory.Landmarks.Count > 0)
            report.Block("To find your way:");
        report.List(inventory.Landmarks.Select(landmark => $"{landmark.What}: {Markdown.Code(landmark.Path)}"));
    }
}
