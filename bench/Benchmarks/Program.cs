using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(FlashSale.Benchmarks.GroupCommit).Assembly).Run(args);
