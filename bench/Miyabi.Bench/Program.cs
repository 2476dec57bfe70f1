using System.CommandLine;
using Miyabi.Bench;
using Miyabi.Core.Plans;
using Miyabi.Storage.Directories;

var subject = new Option<Subject>("--subject") { Description = "What is measured" };
var shape = new Option<string>("--shape") { Description = Shape.Forms, DefaultValueFactory = _ => "20x50" };
var store = new Option<StoreKind>("--store") { Description = "Where runs are kept", DefaultValueFactory = _ => StoreKind.Directory };
var schedule = new Option<Schedule>("--schedule") { Description = "How tasks are started" };
var durability = new Option<string>("--durability") { Description = "Whether a directory store flushes: flush or process", DefaultValueFactory = _ => "flush" };
var audience = new Option<Audience>("--audience") { Description = "Who watches", DefaultValueFactory = _ => Audience.Events };
var repeats = new Option<int>("--repeats") { Description = "How often it is measured, after at least once and 2 s for warming up; 1 to 1,000", DefaultValueFactory = _ => 5 };
var runs = new Option<int>("--runs") { Description = "Runs at once (many) or in the store (commands); 1 to 10,000", DefaultValueFactory = _ => 100 };
var folder = new Option<string>("--folder") { Description = "Where directory stores are made", DefaultValueFactory = _ => Path.GetTempPath() };
var keep = new Option<bool>("--keep") { Description = "Leave the stores in the folder: deleting them slows down what is measured in the next minutes" };
shape.Validators.Add(result => Refuse(result, Shape.TryParse(result.GetValueOrDefault<string>()) is null, $"a shape is {Shape.Forms}, of at most {PlanLimits.MaxTasks} tasks"));
durability.AcceptOnlyFromAmong("flush", "process");
repeats.Validators.Add(result => Refuse(result, result.GetValueOrDefault<int>() is < 1 or > 1_000, "give 1 to 1,000 repeats"));
runs.Validators.Add(result => Refuse(result, result.GetValueOrDefault<int>() is < 1 or > 10_000, "give 1 to 10,000 runs"));

var root = new RootCommand("Measures Miyabi's embedded runner; prints one JSON line a measurement. See bench/README.md.")
{
    subject, shape, store, schedule, durability, audience, repeats, runs, folder, keep,
};
root.SetAction(async (parsed, cancellationToken) =>
{
    using var quiet = QuietFolder.Create(parsed.GetValue(folder)!, parsed.GetValue(keep));
    var options = new BenchOptions
    {
        Subject = parsed.GetValue(subject),
        Shape = Shape.TryParse(parsed.GetValue(shape)!)!,
        Store = parsed.GetValue(store),
        Schedule = parsed.GetValue(schedule),
        Durability = parsed.GetValue(durability) == "flush" ? Durability.Machine : Durability.Process,
        Audience = parsed.GetValue(audience),
        Repeats = parsed.GetValue(repeats),
        Runs = parsed.GetValue(runs),
        Folder = quiet.Path,
    };
    var line = options.Subject switch
    {
        Subject.Run => await RunBenchmark.MeasureAsync(options, cancellationToken),
        Subject.Many => await ManyRunsBenchmark.MeasureAsync(options, cancellationToken),
        Subject.Watching => await WatchingBenchmark.MeasureAsync(options, cancellationToken),
        Subject.Plan => await PlanBenchmark.MeasureAsync(options),
        Subject.Verify => await VerifyBenchmark.MeasureAsync(options, cancellationToken),
        Subject.Commands => await CommandsBenchmark.MeasureAsync(options, cancellationToken),
        _ => await ClientBenchmark.MeasureAsync(options, cancellationToken),
    };
    Console.Out.WriteLine(line);
});
return await root.Parse(args).InvokeAsync();

static void Refuse(System.CommandLine.Parsing.OptionResult result, bool isWrong, string message)
{
    if (isWrong)
        result.AddError($"{result.IdentifierToken?.Value}: {message}.");
}
