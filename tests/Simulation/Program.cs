using FlashSale.Simulation.Tests;

return new SimulateCommand(Console.Out, Console.Error, TimeProvider.System).Run(args);
