using BenchmarkDotNet.Running;
using FlashSale.Benchmarks;

if (args is [LongReader.Verb, .. var rest]) return await LongReader.Run(rest);
BenchmarkSwitcher.FromAssembly(typeof(GroupCommit).Assembly).Run(args);
return 0;
