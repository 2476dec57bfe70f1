using Miyabi.Samples.RepoReport;

return CommandLine.Run(args, Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.Error, Environment.CurrentDirectory);
